// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [.treatAllWarnings(as: .error)]

/// Libraries and the program, lowest first: a target imports only what stands above it.
let package = Package(
    name: "ttaq",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "TTAPrimitives", targets: ["TTAPrimitives"]),
        .library(name: "TraceExport", targets: ["TraceExport"]),
        .executable(name: "ttaq", targets: ["ttaq"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", .upToNextMinor(from: "7.10.0")),
        .package(url: "https://github.com/apple/swift-argument-parser", .upToNextMinor(from: "1.8.2")),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", .upToNextMinor(from: "2.1.1")),
        .package(url: "https://github.com/jpsim/Yams", .upToNextMinor(from: "6.2.2")),
        .package(url: "https://github.com/apple/swift-distributed-tracing", .upToNextMinor(from: "1.7.3")),
        .package(url: "https://github.com/apple/swift-metrics", .upToNextMinor(from: "2.13.0")),
        .package(url: "https://github.com/apple/swift-log", .upToNextMinor(from: "1.16.2")),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", .upToNextMinor(from: "2.13.0")),
    ],
    targets: [
        .target(name: "TraceModel", swiftSettings: settings),
        .target(
            name: "TraceSchema",
            path: "schema",
            exclude: ["VIEWS.md"],
            resources: [.embedInCode("sql"), .embedInCode("attribute_aliases.tsv")],
            swiftSettings: settings),
        .target(name: "JSONText", dependencies: ["TraceModel"], swiftSettings: settings),
        .systemLibrary(
            name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .systemLibrary(name: "CMalloc"),
        .target(name: "Gzip", dependencies: ["CZlib"], swiftSettings: settings),
        .target(name: "LinearRegex", swiftSettings: settings),
        .target(
            name: "TTAPrimitives",
            dependencies: [
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "Metrics", package: "swift-metrics"),
            ],
            swiftSettings: settings),
        .target(name: "TraceQL", dependencies: ["LinearRegex"], swiftSettings: settings),
        .target(name: "TraceOTLP", dependencies: ["TraceModel", "JSONText"], swiftSettings: settings),
        .target(
            name: "TraceFormats",
            dependencies: ["TraceModel", "JSONText", "Gzip", "TraceOTLP"],
            swiftSettings: settings),
        .target(
            name: "TraceStore",
            dependencies: [
                "TraceModel", "TraceSchema", "JSONText",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: settings),
        .target(
            name: "TraceExport",
            dependencies: [
                "TraceModel", "TTAPrimitives", "TraceStore",
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .target(
            name: "TraceDemo",
            dependencies: [
                "TraceModel", "TTAPrimitives", "TraceExport",
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .target(
            name: "TraceConfig",
            dependencies: ["TraceModel", "LinearRegex", "TraceQL", .product(name: "Yams", package: "Yams")],
            resources: [.embedInCode("prices.yaml")],
            swiftSettings: settings),
        .target(
            name: "TraceQuery",
            dependencies: ["TraceModel", "JSONText", "LinearRegex", "TraceQL", "TraceStore", "TraceConfig"],
            swiftSettings: settings),
        .target(
            name: "TraceReport",
            dependencies: [
                "TraceModel", "JSONText", "TraceFormats", "TraceStore", "TraceConfig", "TraceQuery",
                .product(name: "Mustache", package: "swift-mustache"),
            ],
            resources: [.embedInCode("Templates/report.mustache"), .embedInCode("Templates/junit.mustache")],
            swiftSettings: settings),
        .executableTarget(
            name: "ttaq",
            dependencies: [
                "TraceModel", "JSONText", .target(name: "CMalloc", condition: .when(platforms: [.linux])), "TraceQL",
                "TraceOTLP", "TraceFormats", "TraceStore", "TraceExport", "TraceDemo", "TraceConfig", "TraceQuery",
                "TraceReport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            exclude: ["COMMANDS.md", "ttaq.1"],
            swiftSettings: settings),
        .executableTarget(
            name: "TraceBench",
            dependencies: [
                "TraceModel", "JSONText", "TraceOTLP", "TraceFormats", "TraceStore",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        .target(
            name: "TestSupport",
            dependencies: [
                "TraceModel", "JSONText", "Gzip", "TraceOTLP", "TraceFormats", "TraceStore", "TraceQuery",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            path: "Tests/Support",
            swiftSettings: settings),
        .testTarget(name: "TraceModelTests", dependencies: ["TraceModel"], swiftSettings: settings),
        .testTarget(name: "LinearRegexTests", dependencies: ["LinearRegex"], swiftSettings: settings),
        .testTarget(name: "JSONTextTests", dependencies: ["JSONText"], swiftSettings: settings),
        .testTarget(
            name: "TTAPrimitivesTests",
            dependencies: [
                "TTAPrimitives", "TestSupport",
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
            ],
            exclude: ["Golden"],
            swiftSettings: settings),
        .testTarget(name: "TraceQLTests", dependencies: ["TraceQL"], swiftSettings: settings),
        .testTarget(name: "GzipTests", dependencies: ["Gzip", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "TraceOTLPTests", dependencies: ["TraceModel", "JSONText", "TraceOTLP", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "TraceFormatsTests",
            dependencies: ["TraceModel", "JSONText", "Gzip", "TraceOTLP", "TraceFormats", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "TraceStoreTests",
            dependencies: [
                "TraceModel", "TraceSchema", "JSONText", "TraceOTLP", "TraceStore", "TestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "ExportProgram",
            dependencies: [
                "TTAPrimitives", "TraceExport",
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "Metrics", package: "swift-metrics"),
            ],
            path: "Tests/ExportProgram",
            swiftSettings: settings),
        .testTarget(
            name: "TraceExportTests",
            dependencies: [
                "TraceModel", "TTAPrimitives", "TraceStore", "TraceExport", "ExportProgram", "TestSupport",
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "TraceDemoTests", dependencies: ["TTAPrimitives", "TraceStore", "TraceDemo", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "TraceConfigTests", dependencies: ["TraceModel", "TraceQL", "TraceConfig", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "TraceQueryTests",
            dependencies: [
                "TraceModel", "JSONText", "TraceQL", "TraceStore", "TraceConfig", "TraceQuery", "TestSupport",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "TraceReportTests",
            dependencies: ["TraceModel", "TraceFormats", "TraceStore", "TraceQuery", "TraceReport", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "ttaqTests",
            dependencies: ["ttaq", "TraceModel", "JSONText", "TraceOTLP", "TraceStore", "TraceConfig", "TestSupport"],
            exclude: ["Golden"],
            swiftSettings: settings),
    ]
)

// scripts/fuzz builds this with libFuzzer and AddressSanitizer; it links with nothing else.
if Context.environment["TTAQ_FUZZ"] != nil {
    package.targets += [
        .systemLibrary(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "CFuzzer", "TraceModel", "JSONText", "Gzip", "LinearRegex", "TraceQL", "TraceOTLP", "TraceFormats",
                "TraceStore",
            ],
            path: "Tests/Fuzz",
            exclude: ["CFuzzer", "Corpus", "README.md"],
            swiftSettings: settings),
    ]
}
