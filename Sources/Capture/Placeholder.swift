import CCompression
import CPcap
