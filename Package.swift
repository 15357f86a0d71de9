// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .enableExperimentalFeature("Lifetimes"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
  .treatAllWarnings(as: .error),
  // Tests run in release and look inside the modules, so that one build serves them and everything else.
  .unsafeFlags(["-enable-testing"], .when(configuration: .release)),
]

let package = Package(
  name: "lenscap",
  products: [
    .library(name: "Detection", targets: ["Detection"]),
    .library(name: "Capture", targets: ["Capture"]),
    .library(name: "SignatureFiles", targets: ["SignatureFiles"]),
    .executable(name: "lenscap", targets: ["lenscap"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    .systemLibrary(name: "CPcap", pkgConfig: "libpcap", providers: [.apt(["libpcap-dev"])]),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(
      name: "CCompression", providers: [.apt(["zlib1g-dev", "liblzma-dev", "libzstd-dev"])]),
    .target(
      name: "Detection",
      dependencies: [
        .product(name: "Crypto", package: "swift-crypto"), .product(name: "CryptoExtras", package: "swift-crypto"),
      ],
      swiftSettings: strict + [.strictMemorySafety()]),
    .target(name: "SignatureFiles", dependencies: ["Detection", "Yams"], swiftSettings: strict),
    .target(
      name: "Capture", dependencies: ["Detection", "CPcap", "CLinux", "CCompression"], swiftSettings: strict),
    .target(
      name: "Configuration", dependencies: ["Detection", .product(name: "Yams", package: "Yams")], swiftSettings: strict),
    .target(
      name: "Store", dependencies: ["Detection", .product(name: "GRDB", package: "GRDB.swift")], swiftSettings: strict),
    .executableTarget(
      name: "lenscap",
      dependencies: [
        "Detection", "SignatureFiles", "Capture", "Configuration", "Store", "CLinux",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict,
      // Static Swift and Foundation, so that the binary runs where no Swift is installed; C libraries stay dynamic.
      linkerSettings: [
        .unsafeFlags(
          [
            "-static-stdlib", "-lCoreFoundation", "-l_FoundationICU", "-l_FoundationCShims",
            "-l_FoundationCollections", "-lswiftSynchronization",
          ], .when(configuration: .release))
      ]),
    .testTarget(name: "DetectionTests", dependencies: ["Detection"], swiftSettings: strict),
    .testTarget(
      name: "SignatureTests", dependencies: ["Detection", "SignatureFiles"], swiftSettings: strict),
    .testTarget(name: "CaptureTests", dependencies: ["Detection", "Capture"], swiftSettings: strict),
    .testTarget(
      name: "ReplayTests", dependencies: ["Detection", "SignatureFiles", "Capture"],
      swiftSettings: strict),
    .testTarget(
      name: "StoreTests", dependencies: ["Detection", "Store", .product(name: "GRDB", package: "GRDB.swift")], swiftSettings: strict),
    .testTarget(name: "ConfigurationTests", dependencies: ["Detection", "Configuration"], swiftSettings: strict),
    // They run the program; to link it would bring the static Swift of its release build into the tests.
    .testTarget(name: "CommandTests", dependencies: ["Detection", "Capture"], swiftSettings: strict),
  ]
)
