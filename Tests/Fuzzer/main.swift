import CTeredoFuzzing
import Glibc
import TeredoFuzzing

// teredo-fuzz TARGET [options and folders of libFuzzer]: one program for all targets, so that one build serves them all.
// scripts/fuzz builds and runs it.

// The callback of libFuzzer is a C function, which carries nothing with it.
nonisolated(unsafe) var chosen: FuzzTarget?

/// libFuzzer starts the program again to merge corpora, with its own arguments only: the environment tells that process the target.
let variable = "TEREDO_FUZZ_TARGET"
let inherited = unsafe getenv(variable).map { unsafe String(cString: $0) }

guard let name = inherited ?? CommandLine.arguments.dropFirst().first else {
    for target in FuzzTarget.all { print(target.name, target.longestInput) }
    exit(0)
}
guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
    print("there is no target \(name); known: \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
    exit(2)
}
unsafe setenv(variable, name, 1)
unsafe chosen = target

nonisolated(unsafe) let callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt = { octets, length in
    let input = unsafe [UInt8](UnsafeBufferPointer(start: octets, count: length))
    guard let violation = unsafe chosen?.violation(in: input) else { return 0 }
    // What is printed last is what is read first.
    print("teredo-fuzz: \(violation)")
    fflush(nil)
    abort()
}

/// Hands over to libFuzzer; returns its exit status.
func run(_ arguments: [String]) -> CInt {
    var pointers = unsafe arguments.map { unsafe strdup($0) } + [nil]
    var count = CInt(arguments.count)
    return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
        var start = buffer.baseAddress
        return unsafe LLVMFuzzerRunDriver(&count, &start, callback)
    }
}

// The name of the target is no argument of libFuzzer.
exit(run([CommandLine.arguments[0]] + CommandLine.arguments.dropFirst(inherited == nil ? 2 : 1)))
