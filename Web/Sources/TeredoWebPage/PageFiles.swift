/// The files of the page, octet by octet, as the build found them.
public enum PageFiles {
    /// The structure.
    public static var index: [UInt8] { PackageResources.index_html }
    /// The look.
    public static var style: [UInt8] { PackageResources.page_css }
    /// What keeps it up to date.
    public static var script: [UInt8] { PackageResources.page_js }
    /// The sign in the tab of a browser.
    public static var icon: [UInt8] { PackageResources.icon_svg }
}
