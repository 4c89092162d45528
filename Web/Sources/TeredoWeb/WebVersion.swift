/// What this version is called: what `teredo` of the same commit is called (a test compares).
package enum WebVersion {
    /// As `teredo-web --version` prints it.
    package static let text = "1.0.0-dev"
}
