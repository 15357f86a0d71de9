import Detection
import Documents
import Store
import WebDesk

/// Texts about papers.
extension Words {
  static let papers = "Papers"
  static let certificates = "Certificates"
  static let download = "Download"
  static let noPapers = "Nothing was asked for yet."
  static let backToCase = "Back to the case"
  static let makePack = "Make a pack"
  static let makeReport = "Make a report (page)"
  static let makeReportPDF = "Make a report (PDF)"
  static let makeMediaPack = "Make a pack with pictures"
  static let makeCertificate = "Certificate for the month"
  static let month = "Month"
  static let format = "As"
  static let asPage = "a page"
  static let asPDF = "a PDF"
  static let packText =
    "A pack is for the police or a court: the report, the proving packets without pictures, and a signature that shows whether anything was "
    + "changed. The watch makes and signs it; this page only hands it out."
  static let mediaText =
    "Pictures show people in a room. Ask a lawyer first. The reason stays with the case for ever. Pictures are there only where the watch "
    + "records all packets (write in the configuration)."
  static let certificateText =
    "Says which rooms were watched in a month and how long, which were blind, what was found, and who decided what. The watch signs it."
  static let askStaff = "Staff and managers can have a pack made here."
  static let byHand = "On the machine that runs Lenscap:"
  static func packProgram(_ id: String) -> String { "lenscap evidence \(id) -o evidence.zip" }
  static let onlyPacksHaveMedia = "Only a pack can have pictures."
  static let tooManyPapers = "Too many papers wait for the watch. Please try again later."
  static let paperIsGone = "This paper is not there any more. Ask for another."

  static func titleOfPaper(_ paper: StoredPaper) -> String {
    let what =
      switch paper.paperKind {
      case .evidence: paper.hasMedia ? "Pack with pictures" : "Pack"
      case .report: paper.format == "pdf" ? "Report (PDF)" : "Report (page)"
      case .certificate: "Certificate of \(paper.month ?? "")" + (paper.format == "pdf" ? " (PDF)" : " (page)")
      }
    let reason = paper.reason.map { ": “\($0.forPeople(limit: 300))”" } ?? ""
    return "\(what), asked for on \(paper.askedTime.dayAndTime(utc: false)) by \(paper.who.forPeople())\(reason)"
  }

  static func stateOfPaper(_ paper: StoredPaper) -> String {
    switch paper.paperState {
    case .waiting: "Waits for the watch. If that does not run, nothing happens."
    case .queued: "Waits until those before it are made."
    case .making: "Is being made."
    case .ready:
      "Ready, \(size(UInt64(clamping: paper.bytes ?? 0)))."
        + (paper.expires.map { " It is deleted on \($0.dayAndTime(utc: false))." } ?? "")
    case .failed: "Was not made."
    case .removed: "Was made, and is deleted since."
    }
  }
}
