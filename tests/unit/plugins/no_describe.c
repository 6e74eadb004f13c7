#include "plugin.h"

PLUGIN(ABI, SIZE, "good", usual_recognises, NULL, usual_verify, 0)
