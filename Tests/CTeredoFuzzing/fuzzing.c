#include "CTeredoFuzzing.h"
