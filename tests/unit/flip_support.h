/* flip_support.h - how far apart the bits or bytes are that a test changes one after the other. */
#ifndef FLIP_SUPPORT_H
#define FLIP_SUPPORT_H

/* Each of them; under a sanitizer, which is there for the memory and not for the verdict, and takes
 * three times as long, one of seven: every bit of a byte has its turn. */
#ifdef __SANITIZE_ADDRESS__
#define FLIP_STEP 7
#else
#define FLIP_STEP 1
#endif

#endif
