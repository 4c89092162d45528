// swift-tools-version: 6.3

import PackageDescription

/// The settings of the main package.
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

let sockets: Target.Dependency = .product(name: "FlyingSocks", package: "FlyingFox")

/// A package of its own, so that whoever builds `teredo` neither fetches nor compiles a thing of this.
let package = Package(
    name: "teredo-web",
    products: [.executable(name: "teredo-web", targets: ["teredo-web"])],
    dependencies: [.package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1")],
    targets: [
        // The files of the page become part of the program: the installed binary needs nothing beside it.
        .target(name: "TeredoWebPage", resources: [.embedInCode("Assets")]),
        .target(name: "TeredoWeb", dependencies: ["TeredoWebPage", sockets], swiftSettings: strict),
        .executableTarget(
            name: "teredo-web",
            dependencies: ["TeredoWeb"],
            swiftSettings: strict,
            // As in the main package: all symbols are bound at the start, and their table is read-only from then on.
            linkerSettings: [
                .unsafeFlags(["-Xlinker", "-z", "-Xlinker", "relro", "-Xlinker", "-z", "-Xlinker", "now"])
            ]
        ),
        .testTarget(
            name: "TeredoWebTests",
            dependencies: ["TeredoWeb", "TeredoWebPage", sockets],
            swiftSettings: strict
        ),
    ]
)
