/* csv.h - the verifier of Hygon CSV. What it proves: README.md. */
#ifndef RT_CSV_H
#define RT_CSV_H

#include "ratls/verifier.h"

extern const struct ratls_verifier rt_verifier_csv;

#endif
