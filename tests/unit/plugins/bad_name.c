#include "plugin.h"

PLUGIN(ABI, SIZE, "Go/od", usual_recognises, usual_describe, usual_verify, 0)
