// What ThreadSanitizer has to know about Swift. In any other build nothing of this is there.
#define _GNU_SOURCE
#include "sanitizer.h"

#if defined(TEREDO_SANITIZED) && __has_feature(thread_sanitizer)

#include <dlfcn.h>

// The way of Mutex through the kernel is in a library that is not looked into: a thread that had to wait for the lock would seem to touch
// what it guards without having it.
#define WAIT "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define HAND_ON "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

void __tsan_acquire(void *address);
void __tsan_release(void *address);

typedef __attribute__((swiftcall)) void wait_function(unsigned thread, __attribute__((swift_context)) void *mutex);
typedef __attribute__((swiftcall)) void hand_on_function(__attribute__((swift_context)) void *mutex);

// The program's own take the place of the library's, which they call.
wait_function wait_for_mutex __asm__(WAIT);
hand_on_function hand_on_mutex __asm__(HAND_ON);

static wait_function *library_wait;
static hand_on_function *library_hand_on;

__attribute__((constructor)) static void find_library(void) {
    library_wait = (wait_function *)dlsym(RTLD_NEXT, WAIT);
    library_hand_on = (hand_on_function *)dlsym(RTLD_NEXT, HAND_ON);
}

__attribute__((swiftcall)) void wait_for_mutex(unsigned thread, __attribute__((swift_context)) void *mutex) {
    library_wait(thread, mutex);
    __tsan_acquire(mutex);
}

__attribute__((swiftcall)) void hand_on_mutex(__attribute__((swift_context)) void *mutex) {
    __tsan_release(mutex);
    library_hand_on(mutex);
}

void __wrap___tsan_external_write(void *address, void *caller, void *tag);
// The compiler tells of each access by inout as of a write; for a value without storage, as SystemRandomNumberGenerator, the address is
// whatever a register holds (scripts/sanitize links this in its place). Loads and stores are told as ever.
void __wrap___tsan_external_write(void *address, void *caller, void *tag) {
    (void)address;
    (void)caller;
    (void)tag;
}

#endif
