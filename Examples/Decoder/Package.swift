// swift-tools-version: 6.3

import PackageDescription

let package = Package(
    name: "Decoder",
    dependencies: [
        // Outside this repository: .package(url: "…/swift-teredo", from: "1.0.0")
        .package(name: "swift-teredo", path: "../..")
    ],
    targets: [
        .executableTarget(
            name: "Decoder",
            dependencies: [
                .product(name: "TeredoWire", package: "swift-teredo")
            ],
            swiftSettings: [.treatAllWarnings(as: .error)]
        )
    ]
)
