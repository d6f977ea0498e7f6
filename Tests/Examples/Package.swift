// swift-tools-version: 6.2
import PackageDescription

// Depends on ttaq the way another program does. scripts/check builds and runs it.
let package = Package(
    name: "Examples",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "ttaq", path: "../..")],
    targets: [
        .executableTarget(
            name: "SupportDesk",
            dependencies: [
                .product(name: "TTAPrimitives", package: "ttaq"), .product(name: "TraceExport", package: "ttaq"),
            ]),
        .target(name: "MixedChain", dependencies: [.product(name: "TTAPrimitives", package: "ttaq")]),
    ]
)
