#include "plugin.h"

PLUGIN(ABI + 1, SIZE, "good", usual_recognises, usual_describe, usual_verify, 0)
