/* csv_evidence.h - evidence of Hygon CSV: the report as the guest reads it, directly followed by
 * HSK and CEK as Hygon gives them. */
#ifndef RT_CSV_EVIDENCE_H
#define RT_CSV_EVIDENCE_H

#define RT_CSV_MEDIA_TYPE "application/vnd.ratls.csv"

#endif
