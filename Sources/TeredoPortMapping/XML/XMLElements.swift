/// The texts of elements, found by name alone.
package enum XMLElements {
    /// The text of the first element of each name in `names`, in their order; `nil` where there is none.
    package static func texts(_ names: [String], in document: [UInt8]) -> [String?] {
        var result = [String?](repeating: nil, count: names.count)
        var scanner = XMLScanner(document)
        var current: (index: Int, text: XMLText)?
        while let token = scanner.next() {
            switch token {
            case .open(let name, let isEmpty):
                let index = names.firstIndex { scanner.isName(name, $0) }
                guard let index, result[index] == nil, !isEmpty else { continue }
                current = (index, XMLText())
            case .text(let range, let isLiteral):
                current?.text.append(scanner.octets[range], isLiteral: isLiteral)
            case .close(let name):
                guard let (index, text) = current, scanner.isName(name, names[index]) else { continue }
                result[index] = text.value
                current = nil
            }
        }
        return result
    }
}
