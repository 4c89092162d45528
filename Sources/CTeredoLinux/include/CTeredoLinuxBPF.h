// The bpf system call, for which the C library has no function. The attributes are declared here as far as they are used:
// the system's header may be older than the kernel.
#pragma once

#include <elf.h>
#include <linux/bpf.h>
#include <linux/netlink.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    TEREDO_BPF_PROGRAM_TC = BPF_PROG_TYPE_SCHED_CLS,
    TEREDO_BPF_PROGRAM_XDP = BPF_PROG_TYPE_XDP,
    TEREDO_BPF_ATTACH_XDP = BPF_XDP,
    TEREDO_BPF_ATTACH_TCX_INGRESS = 46,
    TEREDO_BPF_ATTACH_TCX_EGRESS = 47,
    TEREDO_XDP_GENERIC = 1 << 1,
    TEREDO_XDP_NATIVE = 1 << 2,
    TEREDO_BPF_ANY = BPF_ANY,
    TEREDO_BPF_MAP_PERCPU_HASH = BPF_MAP_TYPE_PERCPU_HASH,
    TEREDO_BPF_MAP_PERCPU_ARRAY = BPF_MAP_TYPE_PERCPU_ARRAY,
    // The only kind of relocation that the programs have: a number of 64 bits in a load (R_BPF_64_64).
    TEREDO_BPF_RELOCATION_64 = 1,
    TEREDO_CAP_BPF = 39,
    TEREDO_CAP_PERFMON = 38,
};

static inline long teredo_bpf(int command, union bpf_attr *attributes) {
    return syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

static inline int teredo_bpf_map_create(uint32_t type, uint32_t key, uint32_t value, uint32_t entries, uint32_t flags,
                                        const char *name) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.map_type = type;
    attributes.key_size = key;
    attributes.value_size = value;
    attributes.max_entries = entries;
    attributes.map_flags = flags;
    strncpy(attributes.map_name, name, sizeof attributes.map_name - 1);
    return (int)teredo_bpf(BPF_MAP_CREATE, &attributes);
}

static inline int teredo_bpf_element(int command, int map, const void *key, void *value, uint64_t flags) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.map_fd = (uint32_t)map;
    attributes.key = (uintptr_t)key;
    attributes.value = (uintptr_t)value;
    attributes.flags = flags;
    return (int)teredo_bpf(command, &attributes);
}

static inline int teredo_bpf_map_update(int map, const void *key, const void *value, uint64_t flags) {
    return teredo_bpf_element(BPF_MAP_UPDATE_ELEM, map, key, (void *)value, flags);
}

static inline int teredo_bpf_map_lookup(int map, const void *key, void *value) {
    return teredo_bpf_element(BPF_MAP_LOOKUP_ELEM, map, key, value, 0);
}

static inline int teredo_bpf_map_delete(int map, const void *key) {
    return teredo_bpf_element(BPF_MAP_DELETE_ELEM, map, key, NULL, 0);
}

/// Loads a program; what the verifier says goes into `log`, which may be empty.
static inline int teredo_bpf_program_load(uint32_t type, uint32_t attach_type, const void *instructions, uint32_t count,
                                          const char *license, const char *name, char *log, uint32_t log_size) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.prog_type = type;
    attributes.expected_attach_type = attach_type;
    attributes.insns = (uintptr_t)instructions;
    attributes.insn_cnt = count;
    attributes.license = (uintptr_t)license;
    attributes.log_level = log_size ? 1 : 0;
    attributes.log_size = log_size;
    attributes.log_buf = (uintptr_t)(log_size ? log : NULL);
    strncpy(attributes.prog_name, name, sizeof attributes.prog_name - 1);
    return (int)teredo_bpf(BPF_PROG_LOAD, &attributes);
}

/// Attaches a program to an interface for as long as the descriptor lives.
static inline int teredo_bpf_link_create(int program, int32_t interface_index, uint32_t attach_type, uint32_t flags) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.link_create.prog_fd = (uint32_t)program;
    attributes.link_create.target_ifindex = (uint32_t)interface_index;
    attributes.link_create.attach_type = attach_type;
    attributes.link_create.flags = flags;
    return (int)teredo_bpf(BPF_LINK_CREATE, &attributes);
}

/// Asks about an interface with a command of ioctl(2); 0 when there is an answer in the request.
static inline int teredo_interface_request(const char *interface, unsigned long command, struct ifreq *request) {
    strncpy(request->ifr_name, interface, IFNAMSIZ - 1);
    // Any socket will do, and everybody who asks may have this one.
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0) return -1;
    int result = ioctl(fd, command, request);
    close(fd);
    return result;
}

/// The name of the driver behind an interface, for example `veth`; empty when it does not say.
static inline void teredo_interface_driver(const char *interface, char driver[ETHTOOL_BUSINFO_LEN]) {
    struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
    struct ifreq request = {.ifr_data = (char *)&info};
    memset(driver, 0, ETHTOOL_BUSINFO_LEN);
    if (teredo_interface_request(interface, SIOCETHTOOL, &request) == 0)
        memcpy(driver, info.driver, sizeof info.driver - 1);
}

/// A number or flag of an interface from the ethtool interface; -1 when there is none.
static inline int64_t teredo_interface_value(const char *interface, uint32_t command) {
    struct ethtool_value value = {.cmd = command};
    struct ifreq request = {.ifr_data = (char *)&value};
    return teredo_interface_request(interface, SIOCETHTOOL, &request) == 0 ? (int64_t)value.data : -1;
}

/// The index of an interface; 0 when there is none of this name. if_nametoindex(3) takes a UNIX socket for this, which a confined
/// process may not have.
static inline int teredo_index_of_interface(const char *interface) {
    struct ifreq request = {0};
    return teredo_interface_request(interface, SIOCGIFINDEX, &request) == 0 ? request.ifr_ifindex : 0;
}

/// The name of the interface with an index; -1 when there is none.
static inline int teredo_name_of_interface(int index, char name[IFNAMSIZ]) {
    struct ifreq request = {.ifr_ifindex = index};
    if (teredo_interface_request("", SIOCGIFNAME, &request) != 0) return -1;
    memcpy(name, request.ifr_name, IFNAMSIZ);
    return 0;
}

/// The MTU of an interface; -1 when there is no such interface.
static inline int teredo_interface_mtu(const char *interface) {
    struct ifreq request = {0};
    return teredo_interface_request(interface, SIOCGIFMTU, &request) == 0 ? request.ifr_mtu : -1;
}

/// The hardware type of an interface by the numbers of ARP; -1 when there is no such interface.
static inline int teredo_interface_hardware(const char *interface) {
    struct ifreq request = {0};
    return teredo_interface_request(interface, SIOCGIFHWADDR, &request) == 0 ? request.ifr_hwaddr.sa_family : -1;
}
