import Testing

@Suite struct RandomnessTests {
    @Test(
        "SEC-64: every driver gives its machine the system's generator, and nothing else makes random numbers in daemons"
    )
    func generators() throws {
        for driver in ["Client/ClientDriver", "Relay/RelayDriver", "Server/ServerLane"] {
            let text = try Project.text("Sources/TeredoService/\(driver).swift")
            #expect(text.contains("generator: SystemRandomNumberGenerator()"), "\(driver)")
        }
        let daemons = [
            "TeredoWire", "TeredoProtocol", "TeredoPortMapping", "TeredoLinux", "TeredoKernel", "TeredoHost",
            "TeredoSettings", "TeredoControl", "TeredoDiagnosis", "TeredoService",
        ]
        for folder in daemons {
            for file in try Project.swiftFiles(below: "Sources/\(folder)") {
                for line in try Project.code(file) where line.text.contains(".random(") {
                    #expect(line.text.contains("using:"), "\(file):\(line.number) draws from an implicit generator")
                }
            }
        }
    }
}
