// swift-tools-version: 6.2
import PackageDescription

let common: [SwiftSetting] = [
  .enableExperimentalFeature("Lifetimes"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
  .treatAllWarnings(as: .error),
  // Tests run in release and look inside the modules, so that one build serves them and everything else. What the compiler cannot prove to
  // be exclusive access is checked at run time in debug builds only: on the packet path it costs a twentieth.
  .unsafeFlags(["-enable-testing", "-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// For the programs: what touches raw memory says `unsafe`.
let strict = common + [.strictMemorySafety()]

/// Static Swift and Foundation, so that a program runs where no Swift is installed; C libraries stay dynamic. The toolchain's own linker
/// takes a fifth of the usual one's time, and puts together what the profile below calls hot.
let staticSwift: [LinkerSetting] = [
  .unsafeFlags(
    [
      "-static-stdlib", "-lCoreFoundation", "-l_FoundationICU", "-l_FoundationCShims", "-l_FoundationCollections",
      "-lswiftSynchronization", "-Xlinker", "--no-export-dynamic", "-use-ld=lld",
      "-Xlinker", "-z", "-Xlinker", "keep-text-section-prefix",
    ], .when(configuration: .release))
]

let package = Package(
  name: "lenscap",
  products: [
    .library(name: "Detection", targets: ["Detection"]),
    .library(name: "Capture", targets: ["Capture"]),
    .library(name: "SignatureFiles", targets: ["SignatureFiles"]),
    .executable(name: "lenscap", targets: ["lenscap"]),
    .executable(name: "lenscap-central", targets: ["lenscap-central"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
  ],
  targets: [
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CPrefetch"),
    .systemLibrary(
      name: "CCompression", providers: [.apt(["zlib1g-dev", "liblzma-dev", "libzstd-dev"])]),
    // Loaded when something is sent, captured live or filtered: a replay needs none of them, and with what they need they are 3 to 6 MB and
    // a fifth of the start.
    .target(name: "COnDemand"),
    .target(name: "CPcap", dependencies: ["COnDemand"]),
    .target(name: "CCurl", dependencies: ["COnDemand"]),
    .target(name: "CMosquitto", dependencies: ["COnDemand"]),
    .systemLibrary(name: "CQRencode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),
    .target(
      name: "Detection",
      dependencies: [
        "CPrefetch", .product(name: "Crypto", package: "swift-crypto"), .product(name: "CryptoExtras", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    .target(name: "YAMLReading", dependencies: ["Yams"], swiftSettings: strict),
    .target(name: "SignatureFiles", dependencies: ["Detection", "YAMLReading", "Yams"], swiftSettings: strict),
    .target(
      name: "Capture", dependencies: ["Detection", "CPcap", "CLinux", "CCompression", "CPrefetch"],
      swiftSettings: strict),
    .target(
      name: "ConfigurationFiles", dependencies: ["Detection", "YAMLReading", "Yams"], swiftSettings: strict),
    .target(
      name: "Store",
      dependencies: [
        "CLinux", "Detection", .product(name: "GRDB", package: "GRDB.swift"), .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ], swiftSettings: strict),
    .target(name: "Documents", dependencies: ["Detection", "Capture", "Store"], swiftSettings: strict),
    // Evidence packs as whoever gets one sees them: central verifies them, too.
    .target(
      name: "Packs", dependencies: ["Detection", .product(name: "Crypto", package: "swift-crypto")], swiftSettings: strict),
    .target(
      name: "Papers",
      dependencies: [
        "Capture", "CQRencode", "Detection", "Documents", "Packs", "Services", "Store",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    .target(
      name: "Services", dependencies: ["CLinux", .product(name: "Logging", package: "swift-log")], swiftSettings: strict),
    .target(
      name: "Watch",
      dependencies: [
        "Detection", "Capture", "ConfigurationFiles", "Documents", "Releases", "Services", "Store", "CLinux",
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .target(
      name: "Sinks",
      dependencies: [
        "Detection", "ConfigurationFiles", "Services", "CCurl", "CLinux", "CMosquitto",
        .product(name: "Crypto", package: "swift-crypto"), .product(name: "Mustache", package: "swift-mustache"),
      ],
      swiftSettings: strict),
    // No dependency: what a box and `lenscap-central` share.
    .target(name: "ChainMessages", swiftSettings: strict),
    // What the page of a box and that of central share: requests, accounts, pages.
    .target(
      name: "WebDesk",
      dependencies: [
        "ConfigurationFiles", "Detection", .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Crypto", package: "swift-crypto"), .product(name: "CryptoExtras", package: "swift-crypto"),
        .product(name: "Mustache", package: "swift-mustache"), .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: strict),
    // Signed releases of a chain: who makes, passes on and takes them.
    .target(
      name: "Releases",
      dependencies: [
        "ChainMessages", .product(name: "Crypto", package: "swift-crypto"), .product(name: "CryptoExtras", package: "swift-crypto"),
      ], swiftSettings: strict),
    .target(
      name: "Serve",
      dependencies: [
        "ChainMessages", "Detection", "ConfigurationFiles", "Documents", "Releases", "Services", "Sinks", "Store", "WebDesk",
        .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"), .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "Crypto", package: "swift-crypto"), .product(name: "CryptoExtras", package: "swift-crypto"),
        .product(name: "Mustache", package: "swift-mustache"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "X509", package: "swift-certificates"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"), .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "lenscap",
      dependencies: [
        "Detection", "YAMLReading", "SignatureFiles", "Capture", "ConfigurationFiles", "Documents", "Packs", "Papers", "Releases", "Serve",
        "Services", "Sinks", "Store", "Watch", "WebDesk",
        .product(name: "ArgumentParser", package: "swift-argument-parser"), .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "CryptoExtras", package: "swift-crypto"),
      ],
      swiftSettings: strict, linkerSettings: staticSwift),
    // The chain's central place: a program of its own, so that the box's does not need libpq.
    .systemLibrary(name: "CPostgreSQL", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .target(
      name: "Central",
      dependencies: [
        "ChainMessages", "CMosquitto", "ConfigurationFiles", "CPostgreSQL", "Detection", "Packs", "Releases", "Services", "SignatureFiles",
        "WebDesk", "YAMLReading", "Yams",
        .product(name: "Hummingbird", package: "hummingbird"), .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"), .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Mustache", package: "swift-mustache"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "X509", package: "swift-certificates"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"), .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "lenscap-central",
      dependencies: [
        "Central", "Releases", "Services", "SignatureFiles", "WebDesk",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict, linkerSettings: staticSwift),
    // The signatures too: their examples go through the whole engine, as packets that the tests of the protocols build.
    .testTarget(name: "DetectionTests", dependencies: ["Detection", "SignatureFiles"], swiftSettings: common),
    .testTarget(
      name: "SignatureTests", dependencies: ["Detection", "SignatureFiles", "YAMLReading"], swiftSettings: common),
    .testTarget(name: "CaptureTests", dependencies: ["Detection", "Capture"], swiftSettings: common),
    .testTarget(
      name: "ReplayTests", dependencies: ["Detection", "SignatureFiles", "Capture"],
      swiftSettings: common),
    .testTarget(
      name: "StoreTests", dependencies: ["Detection", "Store", .product(name: "GRDB", package: "GRDB.swift")], swiftSettings: common),
    .testTarget(
      name: "WatchTests",
      dependencies: [
        "Capture", "ChainMessages", "ConfigurationFiles", "Detection", "Documents", "Releases", "Services", "Store", "Watch",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
      ], swiftSettings: common),
    .testTarget(name: "ChainMessagesTests", dependencies: ["ChainMessages"], exclude: ["Recorded"], swiftSettings: common),
    .testTarget(name: "ReleaseTests", dependencies: ["ChainMessages", "Releases"], swiftSettings: common),
    .testTarget(name: "SinkTests", dependencies: ["ConfigurationFiles", "Detection", "Services", "Sinks"], swiftSettings: common),
    .testTarget(
      name: "ServeTests",
      dependencies: [
        "ChainMessages", "ConfigurationFiles", "Detection", "Documents", "Releases", "Serve", "Services", "Sinks", "Store", "WebDesk",
        .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "Logging", package: "swift-log"), .product(name: "X509", package: "swift-certificates"),
        .product(name: "Crypto", package: "swift-crypto"), .product(name: "SwiftASN1", package: "swift-asn1"),
      ], swiftSettings: common),
    .testTarget(
      name: "CentralTests",
      dependencies: [
        "Central", "ChainMessages", "Packs", "Releases", "WebDesk", .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Hummingbird", package: "hummingbird"), .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "X509", package: "swift-certificates"), .product(name: "SwiftASN1", package: "swift-asn1"),
      ], swiftSettings: common),
    .testTarget(
      name: "PapersTests", dependencies: ["Capture", "Detection", "Documents", "Packs", "Papers", "Store"], swiftSettings: common),
    .testTarget(name: "DocumentsTests", dependencies: ["Capture", "Detection", "Documents", "Store"], swiftSettings: common),
    .testTarget(name: "RepositoryTests", dependencies: ["Detection", "Capture"], swiftSettings: common),
    .testTarget(name: "ConfigurationFilesTests", dependencies: ["Detection", "ConfigurationFiles", "YAMLReading"], swiftSettings: common),
    // They run the program; to link it would bring the static Swift of its release build into the tests.
    .testTarget(
      name: "CommandTests", dependencies: ["Detection", "Capture", "Store"], exclude: ["schema.py", "pictures.py"], swiftSettings: common),
  ]
)

// LENSCAP_SINKS_ONLY: the sinks and their tests, in a build folder of its own, while working on them.
if Context.environment["LENSCAP_SINKS_ONLY"] != nil {
  let sinks = [
    "Detection", "YAMLReading", "ConfigurationFiles", "Services", "Sinks", "SinkTests", "ConfigurationFilesTests", "CCurl", "CMosquitto",
    "COnDemand", "CLinux", "CPrefetch",
  ]
  package.targets.removeAll { !sinks.contains($0.name) }
  package.products.removeAll { $0.name != "Detection" }
  package.dependencies.removeAll { dependency in
    guard case .sourceControl(_, let location, _) = dependency.kind else { return false }
    return !["crypto", "Yams", "swift-log", "swift-mustache"].contains { location.hasSuffix($0) }
  }
}

// LENSCAP_CENTRAL_ONLY: central and its tests, while working on them.
if Context.environment["LENSCAP_CENTRAL_ONLY"] != nil {
  let central = [
    "Detection", "YAMLReading", "SignatureFiles", "ConfigurationFiles", "Services", "ChainMessages", "Packs", "Releases", "WebDesk",
    "Central", "lenscap-central", "CentralTests", "ReleaseTests", "CMosquitto", "COnDemand", "CPostgreSQL", "CLinux", "CPrefetch",
  ]
  package.targets.removeAll { !central.contains($0.name) }
  package.products.removeAll { !central.contains($0.name) }
  package.dependencies.removeAll { dependency in
    guard case .sourceControl(_, let location, _) = dependency.kind else { return false }
    return location.hasSuffix("GRDB.swift")
  }
}

// LENSCAP_ENGINE_ONLY: the engine, its files and their tests alone, without what the live side depends on. LENSCAP_FUZZ: the same, and
// the fuzzer, which `Tests/Fuzz/run` builds in a folder of its own.
let isForFuzzing = Context.environment["LENSCAP_FUZZ"] != nil
if isForFuzzing || Context.environment["LENSCAP_ENGINE_ONLY"] != nil {
  let engine = [
    "Detection", "YAMLReading", "SignatureFiles", "Capture", "COnDemand", "CPcap", "CLinux", "CCompression", "CPrefetch",
    "DetectionTests", "SignatureTests", "CaptureTests", "ReplayTests", "RepositoryTests",
  ]
  package.targets.removeAll { !engine.contains($0.name) }
  package.products.removeAll { !engine.contains($0.name) }
  package.dependencies.removeAll { dependency in
    guard case .sourceControl(_, let location, _) = dependency.kind else { return false }
    return !["crypto", "Yams"].contains { location.hasSuffix($0) }
  }
}
// What a replay does most, counted by `Tests/Benchmarks/make-profile`: the compiler inlines and lays out by it, which saves a tenth of the
// time. Code that changed since it was counted is compiled as usual. LENSCAP_PROFILE: a build that counts, into this folder.
if !isForFuzzing, Context.environment["LENSCAP_ENGINE_ONLY"] == nil {
  let folder = Context.environment["LENSCAP_PROFILE"]
  let profile =
    folder.map { "-ir-profile-generate=\($0)" } ?? "-ir-profile-use=\(Context.packageDirectory)/Tests/Benchmarks/replay.profdata"
  for target in package.targets {
    if ["Capture", "Detection", "Documents", "SignatureFiles", "lenscap"].contains(target.name) {
      target.swiftSettings = target.swiftSettings! + [.unsafeFlags(["-Xfrontend", profile], .when(configuration: .release))]
    }
    if folder != nil, target.name == "lenscap" {
      target.linkerSettings = target.linkerSettings! + [.unsafeFlags(["-profile-generate"], .when(configuration: .release))]
    }
  }
}

if isForFuzzing {
  // Only this package's own code counts its branches: the fuzzer need not explore the dependencies.
  let counting: [SwiftSetting] = [.unsafeFlags(["-sanitize=fuzzer"])]
  for target in package.targets where ["Detection", "Capture", "SignatureFiles"].contains(target.name) {
    target.swiftSettings = target.swiftSettings! + counting
  }
  package.targets += [
    .systemLibrary(name: "CFuzzer", path: "Tests/Fuzz/Sources/CFuzzer"),
    .executableTarget(
      name: "Fuzz", dependencies: ["Detection", "Capture", "SignatureFiles", "CFuzzer"], path: "Tests/Fuzz/Sources/Fuzz",
      swiftSettings: common + counting, linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]),
  ]
}
