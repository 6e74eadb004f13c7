/* shared_options.h - options that several commands have, in the same words. */
#ifndef TOOL_SHARED_OPTIONS_H
#define TOOL_SHARED_OPTIONS_H

#include "tool.h"

#define TOOL_ATTESTER                                                                              \
    {                                                                                              \
        .name = "--attester", .value = "NAME",                                                     \
        .help = "tsm, sev-guest, sgx, virtcca, tpm, or a simulated one such as sim-tdx",           \
        .required = true                                                                           \
    }
#define TOOL_ATTESTER_OPTIONS                                                                      \
    {                                                                                              \
        .name = "--attester-options", .value = "KEY=VALUE,...", .help = "options of the attester"  \
    }
#define TOOL_ANCHORS                                                                               \
    {                                                                                              \
        .name = "--anchors", .value = "FILE",                                                      \
        .help = "trust these roots instead of the built-in ones", .repeats = true                  \
    }
#define TOOL_SIM_ROOTS                                                                             \
    {                                                                                              \
        .name = "--insecure-sim-roots", .value = "FILE",                                           \
        .help = "trust these roots of simulated TEEs as well", .repeats = true                     \
    }
#define TOOL_STORE                                                                                 \
    {                                                                                              \
        .name = "--store", .value = "URL",                                                         \
        .help = "a folder, sqlite:FILE, postgresql://... or s3+https://...", .required = true      \
    }
#define TOOL_AUTHOR                                                                                \
    {                                                                                              \
        .name = "--author", .value = "NAME", .help = "who does this (the name of the user)"        \
    }
#define TOOL_JSON                                                                                  \
    {                                                                                              \
        .name = "--json", .help = "JSON for programs"                                              \
    }

#endif
