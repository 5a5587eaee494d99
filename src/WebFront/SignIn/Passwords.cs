using System.Collections.Frozen;
using CustomerService.Storage.Accounts;
using Microsoft.AspNetCore.Identity;

namespace CustomerService.WebFront.SignIn;

/// <summary>
/// Password rules and their slow hash. Hashing is bounded: a few at a time, a few dozen waiting, the rest is refused at
/// once, so that sign-ins can't take the processor from conversations.
/// </summary>
public sealed class Passwords(IPasswordHasher<Account> hasher) : IDisposable
{
    /// <summary>Shortest accepted, in UTF-16 units.</summary>
    public const int LengthMin = 8;

    /// <summary>Longest accepted, in UTF-16 units: far above what people type, far below what costs time to hash.</summary>
    public const int LengthMax = 256;

    private const int WaitingMax = 64;

    private static readonly FrozenSet<string> s_common = Load();
    private static readonly Account s_nobody = new()
    {
        AgentId = "nobody", Email = "", Name = "", PasswordHash = "", Roles = [],
    };

    private readonly SemaphoreSlim _hashing = new(Math.Max(1, Environment.ProcessorCount / 2));
    private readonly Lazy<string> _nobodysHash = new(() => hasher.HashPassword(s_nobody, Guid.NewGuid().ToString()));
    private int _waiting;

    /// <summary>Why a password is not accepted, as the end of a sentence that begins with "The password"; null where it
    /// is.</summary>
    public static string? Weakness(string? password, string? email = null) => password switch
    {
        null or "" => "is missing",
        { Length: < LengthMin } => $"is too short: it needs {LengthMin} characters at least",
        { Length: > LengthMax } => $"is too long: it has {LengthMax} characters at most",
        _ when s_common.Contains(password.ToLowerInvariant()) || password.Distinct().Count() < 3 =>
            "is one of the most common ones",
        _ when email is not null && (password.Equals(email, StringComparison.OrdinalIgnoreCase)
            || password.Equals(email.Split('@')[0], StringComparison.OrdinalIgnoreCase)) => "is the e-mail address",
        _ => null,
    };

    /// <summary>Hash for storing; null where too many wait already.</summary>
    public Task<string?> Hash(string password) => Slowly<string?>(() => hasher.HashPassword(s_nobody, password), null);

    /// <summary>Checks a password; for an unknown account it takes as long and fails.</summary>
    public Task<PasswordCheck> Check(Account? account, string password) => Slowly(
        () =>
        {
            var given = password.Length > LengthMax ? "" : password;
            var result = hasher.VerifyHashedPassword(
                account ?? s_nobody, account?.PasswordHash ?? _nobodysHash.Value, given);
            return account is null ? PasswordCheck.Wrong : result switch
            {
                PasswordVerificationResult.Success => PasswordCheck.Right,
                PasswordVerificationResult.SuccessRehashNeeded => PasswordCheck.RightButOldHash,
                _ => PasswordCheck.Wrong,
            };
        },
        PasswordCheck.Busy);

    /// <inheritdoc/>
    public void Dispose() => _hashing.Dispose();

    private async Task<T> Slowly<T>(Func<T> work, T busy)
    {
        if (Interlocked.Increment(ref _waiting) > WaitingMax)
        {
            Interlocked.Decrement(ref _waiting);
            return busy;
        }
        try
        {
            await _hashing.WaitAsync();
            try
            {
                return await Task.Run(work);
            }
            finally
            {
                _hashing.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private static FrozenSet<string> Load()
    {
        using var stream = typeof(Passwords).Assembly.GetManifestResourceStream("CommonPasswords.txt")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .ToFrozenSet(StringComparer.Ordinal);
    }
}

/// <summary>What <see cref="Passwords.Check"/> found.</summary>
public enum PasswordCheck
{
    /// <summary>Not the account's, or there is no account.</summary>
    Wrong,

    /// <summary>The account's.</summary>
    Right,

    /// <summary>The account's, but its hash is of an older kind: hash it again.</summary>
    RightButOldHash,

    /// <summary>Not looked at: too many wait.</summary>
    Busy,
}
