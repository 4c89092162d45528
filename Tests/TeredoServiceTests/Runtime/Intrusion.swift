import CTeredoIntruder
import Glibc

/// What somebody would try who got code of their own to run in a role.
enum Intrusion: String, CaseIterable, Codable, Sendable {
    case readFile, makeFile, listFolder, changeKernel, useDevice
    case rawSocket, packetSocket, unixSocket, otherNetlink, filterSocket, listen
    case execute, fork, trace, readMemory, signal, mount, unshare, mapCode, makeCode, beDumped, loadProgram, findMap

    /// Makes the attempt; 0 when it succeeds, or errno.
    func attempt() -> CInt { teredo_intrude(number) }

    /// What comes of it where nothing is in its way.
    var unhindered: CInt { self == .mount ? ENOENT : 0 }

    /// Whether root alone can do it.
    var needsRoot: Bool {
        switch self {
        case .changeKernel, .rawSocket, .packetSocket, .mount, .unshare, .trace, .readMemory, .loadProgram, .findMap:
            true
        default: false
        }
    }

    /// Whether Landlock is what refuses it to a client.
    var isAboutFiles: Bool {
        switch self {
        case .readFile, .makeFile, .listFolder, .changeKernel, .useDevice, .listen: true
        default: false
        }
    }

    private var number: teredo_intrusion {
        switch self {
        case .readFile: TEREDO_READ_FILE
        case .makeFile: TEREDO_MAKE_FILE
        case .listFolder: TEREDO_LIST_FOLDER
        case .changeKernel: TEREDO_CHANGE_KERNEL
        case .useDevice: TEREDO_USE_DEVICE
        case .rawSocket: TEREDO_RAW_SOCKET
        case .packetSocket: TEREDO_PACKET_SOCKET
        case .unixSocket: TEREDO_UNIX_SOCKET
        case .otherNetlink: TEREDO_OTHER_NETLINK
        case .filterSocket: TEREDO_FILTER_SOCKET
        case .listen: TEREDO_LISTEN
        case .execute: TEREDO_EXECUTE
        case .fork: TEREDO_FORK
        case .trace: TEREDO_TRACE
        case .readMemory: TEREDO_READ_MEMORY
        case .signal: TEREDO_SIGNAL
        case .mount: TEREDO_MOUNT
        case .unshare: TEREDO_UNSHARE
        case .mapCode: TEREDO_MAP_CODE
        case .makeCode: TEREDO_MAKE_CODE
        case .beDumped: TEREDO_BE_DUMPED
        case .loadProgram: TEREDO_LOAD_PROGRAM
        case .findMap: TEREDO_FIND_MAP
        }
    }
}
