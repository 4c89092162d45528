#ifndef CTEREDOBUILD_H
#define CTEREDOBUILD_H

/// What the build was told of its origin: the commit and its date, as in "35bd4ef0a1b2 2026-11-28", or nothing.
const char *_Nonnull teredo_build(void);

#endif
