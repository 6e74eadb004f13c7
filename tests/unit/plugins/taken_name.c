#include "plugin.h"

PLUGIN(ABI, SIZE, "tdx", usual_recognises, usual_describe, usual_verify, 0)
