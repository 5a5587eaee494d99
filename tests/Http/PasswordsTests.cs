using CustomerService.Storage.Accounts;
using CustomerService.WebFront.SignIn;
using Microsoft.AspNetCore.Identity;

namespace CustomerService.Http.Tests;

public sealed class PasswordsTests
{
    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("short", false)]
    [InlineData("1234567", false)]
    [InlineData("12345678", false)]
    [InlineData("Password123", false)]
    [InlineData("aaaaaaaaaaaa", false)]
    [InlineData("ada@example.test", false)]
    [InlineData("correct horse battery staple", true)]
    [InlineData("密码密码不好猜的吧", true)]
    [InlineData("tr0ub4dor&3", true)]
    public void Only_passwords_that_take_guessing_are_accepted(string? password, bool accepted) =>
        Assert.Equal(accepted, Passwords.Weakness(password, "ada@example.test") is null);

    [Fact]
    public void Sixty_four_characters_and_more_are_accepted_up_to_the_limit()
    {
        Assert.Null(Passwords.Weakness(Text(64)));
        Assert.Null(Passwords.Weakness(Text(256)));
        Assert.NotNull(Passwords.Weakness(Text(257)));
    }

    [Fact]
    public async Task An_unknown_account_costs_the_same_hashing_and_fails()
    {
        var hasher = new CountingHasher();
        using var passwords = new Passwords(hasher);
        var hash = await passwords.Hash("the right one");
        var account = new Account { AgentId = "a", Email = "a", Name = "A", PasswordHash = hash!, Roles = ["agent"] };
        Assert.Equal(PasswordCheck.Right, await passwords.Check(account, "the right one"));
        Assert.Equal(1, hasher.Verified);
        Assert.Equal(PasswordCheck.Wrong, await passwords.Check(account, "a wrong one"));
        Assert.Equal(2, hasher.Verified);
        Assert.Equal(PasswordCheck.Wrong, await passwords.Check(null, "the right one"));
        Assert.Equal(3, hasher.Verified);
    }

    [Fact]
    public async Task A_hash_of_an_older_kind_is_noticed()
    {
        var old = new PasswordHasher<Account>(Microsoft.Extensions.Options.Options.Create(
            new PasswordHasherOptions { IterationCount = 1_000 }));
        var account = new Account { AgentId = "a", Email = "a", Name = "A", PasswordHash = "", Roles = ["agent"] };
        account = account with { PasswordHash = old.HashPassword(account, "the right one") };
        using var passwords = new Passwords(new PasswordHasher<Account>());
        Assert.Equal(PasswordCheck.RightButOldHash, await passwords.Check(account, "the right one"));
    }

    private static string Text(int length) =>
        string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + (i % 26))));

    private sealed class CountingHasher : IPasswordHasher<Account>
    {
        private readonly PasswordHasher<Account> _inner = new();

        public int Verified { get; private set; }

        public string HashPassword(Account user, string password) => _inner.HashPassword(user, password);

        public PasswordVerificationResult VerifyHashedPassword(
            Account user, string hashedPassword, string providedPassword)
        {
            Verified++;
            return _inner.VerifyHashedPassword(user, hashedPassword, providedPassword);
        }
    }
}
