// Whether this is a build with a sanitizer of the compiler, which has needs of its own.
#pragma once

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TEREDO_SANITIZED
/// The file beside the program that reports are added to, where there is one.
#define TEREDO_REPORTS "sanitizer-reports"
#endif
#endif
