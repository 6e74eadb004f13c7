#include "plugin.h"

PLUGIN(ABI, SIZE, "good", usual_recognises, usual_describe, NULL, 0)
