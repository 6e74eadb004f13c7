/* flaws.h - values that the tables of flawed evidence and collateral share. */
#ifndef FLAWS_H
#define FLAWS_H

#define DAY_S  86400
#define PAST   1600000000 /* 2020-09-13 */
#define FUTURE 2500000000 /* 2049-03-22 */
#define TAIL(text)                                                                                 \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }

#endif
