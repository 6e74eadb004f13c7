#include "plugin.h"

PLUGIN(ABI, SIZE, "a23456789012345678901234567890123", usual_recognises, usual_describe,
       usual_verify, 0)
