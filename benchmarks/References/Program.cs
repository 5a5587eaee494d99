using CustomerService.References;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.EntityFrameworkCore;
using Npgsql;

// What the product is measured against, on the same machine, database and client:
//   CustomerService.References.dll echo|insert|ef|sqlite --urls URL [--postgres CONNECTION] [--data FILE]
// echo: nothing is saved. insert: one prepared INSERT per message. ef: INSERT and UPDATE through EF Core, a context and
// a transaction per message, as most hubs do it. sqlite: one writer that commits whatever waits, in one SQLite file.
if (args is not [("echo" or "insert" or "ef" or "sqlite") and var mode, ..])
{
    await Console.Error.WriteLineAsync(
        "Usage: CustomerService.References.dll echo|insert|ef|sqlite --urls URL [--postgres CONNECTION] [--data FILE]");
    return 2;
}

var builder = WebApplication.CreateBuilder(args[1..]);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddSignalR(options => options.MaximumReceiveMessageSize = 32 * 1024);
builder.Services.AddSingleton<Rooms>();
var connection = builder.Configuration["postgres"] ?? "";
switch (mode)
{
    case "echo":
        builder.Services.AddSingleton<ISaver, SaveNothing>();
        break;
    case "insert":
        builder.Services.AddSingleton(NpgsqlDataSource.Create(connection + ";Maximum Pool Size=50;Max Auto Prepare=10"));
        builder.Services.AddSingleton<ISaver, SaveByInsert>();
        break;
    case "sqlite":
        builder.Services.AddSingleton<ISaver>(new SaveBySqliteGroup(builder.Configuration["data"] ?? "references.db"));
        break;
    case "ef":
        builder.Services.AddPooledDbContextFactory<ChatContext>(options =>
            options.UseNpgsql(connection + ";Maximum Pool Size=50;Max Auto Prepare=10"));
        builder.Services.AddSingleton<ISaver, SaveByEntityFramework>();
        break;
}

var app = builder.Build();
await app.Services.GetRequiredService<ISaver>().Prepare();
app.MapGet("/health/ready", () => Results.Ok());
app.MapPost("/diagnostics/memory", () =>
{
    GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    GC.WaitForPendingFinalizers();
    GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    return Results.Ok(new { heapBytes = GC.GetTotalMemory(forceFullCollection: false) });
});
app.MapHub<ReferenceHub>("/hubs/visitor", options => options.Transports = HttpTransportType.WebSockets);
app.MapHub<ReferenceHub>("/hubs/agent", options => options.Transports = HttpTransportType.WebSockets);
await app.RunAsync();
return 0;
