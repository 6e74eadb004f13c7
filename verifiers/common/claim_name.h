/* claim_name.h - names of claims that several TEEs have: "<tee>.<field>". */
#ifndef RT_CLAIM_NAME_H
#define RT_CLAIM_NAME_H

#include <stdio.h>

struct rt_claim_name {
    char text[64];
};

static inline struct rt_claim_name rt_claim_name(const char *prefix, const char *field)
{
    struct rt_claim_name n;

    (void)snprintf(n.text, sizeof n.text, "%s.%s", prefix, field);
    return n;
}

#endif
