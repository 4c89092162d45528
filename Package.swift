// swift-tools-version: 6.3

import PackageDescription

/// One set of settings for every target: Swift 6 mode, strict memory safety, no warning left over.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
]

/// For what is no part of the packet path: small code that is made in half the time.
///
/// The optimizer of Swift's own intermediate language, which specializes generic code and puts functions into each other, is left
/// out, and what nothing calls can be dropped.
let cold: [SwiftSetting] =
    strict + [
        .unsafeFlags(
            ["-Osize", "-Xfrontend", "-disable-sil-perf-optzns", "-Xfrontend", "-function-sections"],
            .when(configuration: .release)
        )
    ]

let deque: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

/// Commit and date of what is built, "35bd4ef0a1b2 2026-11-28": only scripts/build-release tells, so that no other build becomes
/// stale with every commit.
let build = Context.environment["TEREDO_BUILD"] ?? ""

let package = Package(
    name: "swift-teredo",
    products: [
        .library(name: "TeredoWire", targets: ["TeredoWire"]),
        .library(name: "TeredoProtocol", targets: ["TeredoProtocol"]),
        .library(name: "TeredoCrypto", targets: ["TeredoCrypto"]),
        .library(name: "TeredoSimulator", targets: ["TeredoSimulator"]),
        .library(name: "TeredoPortMapping", targets: ["TeredoPortMapping"]),
        .executable(name: "teredo", targets: ["teredo"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        .target(name: "TeredoWire", swiftSettings: strict),
        .target(name: "TeredoProtocol", dependencies: ["TeredoWire", deque, heap], swiftSettings: strict),
        .target(name: "TeredoChart", dependencies: ["TeredoWire"], swiftSettings: strict),
        .target(
            name: "TeredoSimulator",
            dependencies: ["TeredoWire", "TeredoProtocol", "TeredoChart", deque, heap],
            swiftSettings: strict
        ),
        .target(name: "TeredoLoad", dependencies: ["TeredoWire", "TeredoProtocol"], swiftSettings: strict),
        .target(name: "TeredoCrypto", dependencies: ["TeredoProtocol"], swiftSettings: strict),
        .target(
            name: "TeredoExplanation",
            dependencies: ["TeredoWire", "TeredoChart"],
            swiftSettings: cold
        ),
        .target(
            name: "TeredoPortMapping",
            dependencies: ["TeredoWire", deque],
            swiftSettings: strict
        ),
        .target(name: "CTeredoBuild", cSettings: [.define("TEREDO_BUILD", to: "\"\(build)\"")]),
        .target(name: "CTeredoLinux"),
        .target(name: "CTeredoBPF", exclude: ["bpf"]),
        .target(
            name: "CLwIP",
            exclude: ["lwip/COPYING", "README.md"],
            cSettings: [
                .headerSearchPath("lwip/include"), .headerSearchPath("port"),
                // A comparison in lwIP that is always true for a window of this size.
                .disableWarning("tautological-constant-out-of-range-compare"),
            ]
        ),
        .target(name: "TeredoProxy", dependencies: ["CLwIP", "TeredoWire"], swiftSettings: strict),
        .target(
            name: "TeredoLinux",
            dependencies: ["CTeredoLinux", "TeredoWire"],
            swiftSettings: strict
        ),
        .target(
            name: "TeredoKernel",
            dependencies: ["CTeredoBPF", "TeredoWire", "TeredoLinux"],
            swiftSettings: strict
        ),
        .target(
            name: "TeredoHost",
            dependencies: [
                "CTeredoBuild", "TeredoWire", "TeredoProtocol", "TeredoPortMapping", "TeredoLinux", logging,
            ],
            swiftSettings: cold
        ),
        .target(
            name: "TeredoSettings",
            dependencies: ["TeredoWire", "TeredoProtocol", "TeredoPortMapping", "TeredoLinux", "TeredoHost", logging],
            swiftSettings: cold
        ),
        .target(
            name: "TeredoControl",
            dependencies: [
                "TeredoWire", "TeredoProtocol", "TeredoPortMapping", "TeredoLinux", "TeredoHost", "TeredoSettings",
                logging,
            ],
            swiftSettings: cold
        ),
        .target(
            name: "TeredoDiagnosis",
            dependencies: [
                "TeredoWire", "TeredoProtocol", "TeredoCrypto", "TeredoPortMapping", "TeredoChart", "TeredoExplanation",
                "TeredoLinux", "TeredoHost", "TeredoSettings", "TeredoControl",
            ],
            swiftSettings: cold
        ),
        .target(
            name: "TeredoService",
            dependencies: [
                "TeredoWire", "TeredoProtocol", "TeredoCrypto", "TeredoPortMapping", "TeredoLinux", "TeredoKernel",
                "TeredoProxy", "TeredoHost", "TeredoSettings", "TeredoControl", "TeredoDiagnosis", logging,
            ],
            swiftSettings: strict
        ),
        .target(
            name: "TeredoLab",
            dependencies: [
                "TeredoWire", "TeredoProtocol", "TeredoChart", "TeredoSimulator", "TeredoLoad", "TeredoCrypto",
                "TeredoLinux", "TeredoHost",
            ],
            swiftSettings: cold
        ),
        .executableTarget(
            name: "teredo",
            dependencies: [
                "TeredoWire", "TeredoProtocol", "TeredoChart", "TeredoExplanation", "TeredoSimulator", "TeredoLoad",
                "TeredoLinux", "TeredoHost", "TeredoSettings", "TeredoControl", "TeredoDiagnosis", "TeredoService",
                "TeredoLab", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: cold,
            // All symbols are bound at the start, and their table is read-only from then on. Nothing looks for a symbol of the
            // program by its name, and functions of the same code are one.
            linkerSettings: [
                .unsafeFlags(
                    ["-z", "relro", "-z", "now", "--no-export-dynamic", "--icf=safe"].flatMap { ["-Xlinker", $0] }
                )
            ]
        ),
        .executableTarget(
            name: "teredo-microbenchmark",
            dependencies: [
                "TeredoWire", "TeredoProtocol", "TeredoLinux",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks/Micro",
            swiftSettings: strict
        ),
        .target(
            name: "TeredoTestSupport",
            dependencies: ["TeredoWire", "TeredoProtocol"],
            path: "Tests/TeredoTestSupport",
            swiftSettings: strict
        ),
        .testTarget(
            name: "TeredoWireTests",
            dependencies: ["TeredoWire", "TeredoTestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TeredoProtocolTests",
            dependencies: ["TeredoWire", "TeredoProtocol", "TeredoCrypto", "TeredoTestSupport"],
            resources: [.copy("Captures")],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TeredoChartTests",
            dependencies: ["TeredoChart", "TeredoTestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TeredoExplanationTests",
            dependencies: ["TeredoWire", "TeredoChart", "TeredoExplanation", "TeredoTestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TeredoCryptoTests",
            dependencies: ["TeredoCrypto", "TeredoTestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TeredoSimulatorTests",
            dependencies: ["TeredoWire", "TeredoProtocol", "TeredoSimulator", "TeredoCrypto", "TeredoTestSupport"],
            swiftSettings: strict
        ),
        .target(
            name: "TeredoNetworkSandbox",
            dependencies: ["TeredoLinux"],
            path: "Tests/TeredoNetworkSandbox",
            swiftSettings: strict
        ),
        .testTarget(
            name: "TeredoLinuxTests",
            dependencies: ["CTeredoLinux", "TeredoWire", "TeredoLinux", "TeredoTestSupport", "TeredoNetworkSandbox"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TeredoProxyTests",
            dependencies: ["TeredoWire", "TeredoProxy", "TeredoTestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TeredoKernelTests",
            dependencies: ["TeredoWire", "TeredoLinux", "TeredoKernel", "TeredoNetworkSandbox"],
            swiftSettings: strict
        ),
        .target(
            name: "TeredoControlTestSupport",
            dependencies: [
                "TeredoWire", "TeredoProtocol", "TeredoPortMapping", "TeredoLinux", "TeredoHost", "TeredoSettings",
                "TeredoControl", "TeredoTestSupport", logging,
            ],
            path: "Tests/TeredoControlTestSupport",
            swiftSettings: strict
        ),
        .testTarget(
            name: "TeredoHostTests",
            dependencies: [
                "TeredoWire", "TeredoPortMapping", "TeredoLinux", "TeredoHost", "TeredoTestSupport", logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TeredoSettingsTests",
            dependencies: [
                "TeredoWire", "TeredoProtocol", "TeredoHost", "TeredoSettings", "TeredoTestSupport", logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TeredoControlTests",
            dependencies: [
                "TeredoWire", "TeredoProtocol", "TeredoPortMapping", "TeredoLinux", "TeredoHost", "TeredoSettings",
                "TeredoControl", "TeredoTestSupport", "TeredoControlTestSupport", logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TeredoDiagnosisTests",
            dependencies: [
                "TeredoWire", "TeredoProtocol", "TeredoPortMapping", "TeredoLinux", "TeredoHost", "TeredoSettings",
                "TeredoChart", "TeredoExplanation", "TeredoControl", "TeredoDiagnosis", "TeredoTestSupport",
                "TeredoControlTestSupport",
            ],
            swiftSettings: strict
        ),
        .target(name: "CTeredoIntruder", path: "Tests/CTeredoIntruder"),
        .testTarget(
            name: "TeredoServiceTests",
            dependencies: [
                "CTeredoIntruder", "TeredoWire", "TeredoProtocol", "TeredoPortMapping", "TeredoLinux", "TeredoHost",
                "TeredoSettings",
                "TeredoControl", "TeredoService", "TeredoTestSupport", "TeredoNetworkSandbox", logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TeredoLabTests",
            dependencies: ["TeredoChart", "TeredoLab", "TeredoProtocol", "TeredoSimulator", "TeredoTestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TeredoLoadTests",
            dependencies: ["TeredoWire", "TeredoProtocol", "TeredoCrypto", "TeredoLoad", "TeredoTestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TeredoPortMappingTests",
            dependencies: ["TeredoWire", "TeredoProtocol", "TeredoPortMapping", "TeredoTestSupport"],
            swiftSettings: strict
        ),
        .target(name: "CTeredoFuzzing", dependencies: ["CTeredoLinux"], path: "Tests/CTeredoFuzzing"),
        .target(
            name: "TeredoFuzzing",
            dependencies: [
                "TeredoWire", "TeredoProtocol", "TeredoCrypto", "TeredoPortMapping", "TeredoChart", "TeredoExplanation",
                "TeredoLinux", "TeredoKernel", "TeredoHost", "TeredoSettings", "TeredoControl", "TeredoTestSupport",
                "TeredoControlTestSupport", "CTeredoFuzzing",
            ],
            path: "Tests/TeredoFuzzing",
            swiftSettings: strict
        ),
        .testTarget(
            name: "FuzzingTests",
            dependencies: ["TeredoLinux", "TeredoFuzzing"],
            resources: [.copy("Corpora")],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ProjectTests",
            dependencies: ["TeredoControl", "TeredoLinux", "TeredoProtocol"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CommandLineTests",
            dependencies: [
                "teredo", "TeredoWire", "TeredoLinux", "TeredoSettings", "TeredoTestSupport",
                "TeredoControlTestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SystemTests",
            dependencies: [
                "TeredoWire", "TeredoProtocol", "TeredoSimulator", "TeredoLoad", "TeredoCrypto", "TeredoLinux",
                "TeredoKernel",
                "TeredoLab", "TeredoControl", "TeredoTestSupport", "TeredoNetworkSandbox",
            ],
            swiftSettings: strict
        ),
    ]
)

// Fuzzing by coverage needs everything compiled in another way (scripts/fuzz): no other build knows of its program.
if Context.environment["TEREDO_FUZZ"] != nil {
    package.targets += [
        .executableTarget(
            name: "teredo-fuzz",
            dependencies: ["CTeredoFuzzing", "TeredoFuzzing"],
            path: "Tests/Fuzzer",
            swiftSettings: strict
        )
    ]
}

// Undefined behaviour in the C parts ends the process, and tests that are not wanted are not built (scripts/sanitize).
if Context.environment["TEREDO_UNDEFINED"] != nil {
    let trap: [CSetting] = [.unsafeFlags(["-fsanitize=undefined", "-fsanitize-trap=undefined"])]
    for target in package.targets where target.name.hasPrefix("CTeredo") || target.name == "CLwIP" {
        target.cSettings = (target.cSettings ?? []) + trap
    }
}
if let wanted = Context.environment["TEREDO_TESTS"]?.split(whereSeparator: \.isWhitespace).map(String.init) {
    package.targets.removeAll { $0.type == .test && !wanted.contains($0.name) }
}
