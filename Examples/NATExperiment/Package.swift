// swift-tools-version: 6.3

import PackageDescription

let package = Package(
    name: "NATExperiment",
    dependencies: [
        // Outside this repository: .package(url: "…/swift-teredo", from: "1.0.0")
        .package(name: "swift-teredo", path: "../..")
    ],
    targets: [
        .executableTarget(
            name: "NATExperiment",
            dependencies: [
                .product(name: "TeredoCrypto", package: "swift-teredo"),
                .product(name: "TeredoProtocol", package: "swift-teredo"),
                .product(name: "TeredoSimulator", package: "swift-teredo"),
                .product(name: "TeredoWire", package: "swift-teredo"),
            ],
            swiftSettings: [.treatAllWarnings(as: .error)]
        )
    ]
)
