#include "plugin.h"

PLUGIN(ABI, SIZE, "good", usual_recognises, usual_describe, usual_verify, 0)
