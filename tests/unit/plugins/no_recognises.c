#include "plugin.h"

PLUGIN(ABI, SIZE, "good", NULL, usual_describe, usual_verify, 0)
