// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "fuzz",
  dependencies: [.package(name: "lenscap", path: "../..")],
  targets: [
    .executableTarget(
      name: "Fuzz",
      dependencies: [
        .product(name: "Detection", package: "lenscap"), .product(name: "Capture", package: "lenscap"),
        .product(name: "SignatureFiles", package: "lenscap"),
      ],
      swiftSettings: [
        .enableExperimentalFeature("Lifetimes"), .enableUpcomingFeature("MemberImportVisibility"), .unsafeFlags(["-parse-as-library"]),
      ])
  ]
)
