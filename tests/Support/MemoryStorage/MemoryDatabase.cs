using CustomerService.Storage.Accounts;
using CustomerService.Storage.Catalogue;
using CustomerService.Storage.Conversations;
using CustomerService.Storage.Deadlines;
using CustomerService.Storage.Effects;
using CustomerService.Storage.Journal;

namespace CustomerService.Support.MemoryStorage;

/// <summary>
/// The storage seam in memory, with the same refusals and the same atomicity as a database: unique keys, expected
/// versions, all or nothing, bytes copied on the way in, and read only on the way out. Every answer depends on what was called and nothing
/// else: collections are sorted, no clock is read, no thread is started. Calls from many threads take turns.
/// It outlives hosts, so a test can kill and restart them over the same data.
/// </summary>
public sealed class MemoryDatabase
{
    /// <summary>A fresh database: site <c>demo</c>, queue <c>default</c>.</summary>
    public MemoryDatabase()
    {
        MemoryJournal = new MemoryJournal(this);
        MemoryOutbox = new MemoryOutbox(this);
        MemoryDeadlines = new MemoryDeadlines(this);
        MemoryIndex = new MemoryConversationIndex(this);
        MemoryCatalogue = new MemoryCatalogue(this);
        MemoryAccounts = new MemoryAccounts(this);
    }

    public MemoryFaults Faults { get; } = new();
    public IJournal Journal => MemoryJournal;
    public IOutbox Outbox => MemoryOutbox;
    public IDeadlines Deadlines => MemoryDeadlines;
    public IConversationIndex Index => MemoryIndex;
    public ICatalogue Catalogue => MemoryCatalogue;
    public IAccounts Accounts => MemoryAccounts;

    /// <summary>One writer or reader at a time.</summary>
    internal Lock Gate { get; } = new();
    internal MemoryJournal MemoryJournal { get; }
    internal MemoryOutbox MemoryOutbox { get; }
    internal MemoryDeadlines MemoryDeadlines { get; }
    internal MemoryConversationIndex MemoryIndex { get; }
    internal MemoryCatalogue MemoryCatalogue { get; }
    internal MemoryAccounts MemoryAccounts { get; }

    internal Task<T> Call<T>(string operation, string target, Func<T> work, Append? append = null) =>
        Faults.Around(new StorageCall(operation, target, append), () =>
        {
            lock (Gate)
                return work();
        });

    internal Task Call(string operation, string target, Action work, Append? append = null) =>
        Faults.Around(new StorageCall(operation, target, append), () =>
        {
            lock (Gate)
                work();
        });
}
