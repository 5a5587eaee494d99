namespace CustomerService.Load.Suite.Parts;

/// <summary>How long from the start of the process to its first ready answer: in a new folder, and in one that it has
/// used.</summary>
public static class StartPart
{
    public static async Task Run(SuiteContext suite, CancellationToken cancellationToken)
    {
        for (var round = 0; round < suite.Size.Rounds; round++)
        {
            var data = suite.NewFolder();
            foreach (var figure in (string[])["start.first", "start.again"])
            {
                await using var contender = await suite.OnSqlite("product", cancellationToken, data);
                suite.Sample("start", figure, contender.ReadyAfter.TotalSeconds);
            }
        }
    }
}
