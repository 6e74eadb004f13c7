#include "plugin.h"

PLUGIN(ABI, SIZE - 8, "good", usual_recognises, usual_describe, usual_verify, 0)
