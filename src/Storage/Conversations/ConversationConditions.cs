using CustomerService.Storage.Database;

namespace CustomerService.Storage.Conversations;

/// <summary>A filter of conversations as conditions of SQL: the same for lists and search, so that search shows nobody what
/// the list does not.</summary>
internal static class ConversationConditions
{
    /// <summary>What follows <c>where 1 = 1</c>, and its values. Cursor and limit are the caller's.</summary>
    public static (string Sql, List<(string Name, object? Value)> Values) Of(
        ConversationQuery query, IDatabase database)
    {
        var sql = "";
        var values = new List<(string, object?)>();
        void And(string condition, params ReadOnlySpan<(string, object?)> added)
        {
            sql += $" and {condition}";
            values.AddRange(added);
        }
        if (query.Queues is { } queues)
        {
            var among = database.In("queue_id", "@queues");
            if (query.OrHeldBy is { } holder)
                And($"({among} or agent_id = @holder)", ("@queues", database.List(queues)), ("@holder", holder));
            else
                And(among, ("@queues", database.List(queues)));
        }
        if (!query.States.IsDefaultOrEmpty)
            And(database.In("state", "@states"), ("@states", database.List(query.States)));
        if (query.AgentId is { } agent)
            And("agent_id = @agent", ("@agent", agent));
        if (query.Tag is { } tag)
            And("tags like @tag escape '~'", ("@tag", $"%\n{Escaped(tag)}\n%"));
        if (query.VisitorId is { } visitor)
            And("visitor_id = @visitor", ("@visitor", visitor));
        if (query.SiteId is { } site)
            And("site_id = @site", ("@site", site));
        return (sql, values);
    }

    /// <summary>A text that means itself in a <c>like</c> pattern.</summary>
    private static string Escaped(string text) => text.Replace("~", "~~", StringComparison.Ordinal)
        .Replace("%", "~%", StringComparison.Ordinal).Replace("_", "~_", StringComparison.Ordinal);
}
