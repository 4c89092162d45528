/// What a role tells the process that keeps its announcement, again and again while it is alive.
enum AnnouncementOrder: String, Hashable, Sendable {
    /// The routes are to be there.
    case announce
    /// They are to be there with a metric that says to prefer others.
    case reserve
    /// They are to be gone.
    case withdraw
    /// The process is to end and leave the routes as they are: another one takes over.
    case leave
}
