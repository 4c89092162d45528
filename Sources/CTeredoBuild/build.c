// A target of its own: what a build is told changes the object of this file alone.
#include "CTeredoBuild.h"

const char *_Nonnull teredo_build(void) {
    return TEREDO_BUILD;
}
