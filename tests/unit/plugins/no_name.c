#include "plugin.h"

PLUGIN(ABI, SIZE, NULL, usual_recognises, usual_describe, usual_verify, 0)
