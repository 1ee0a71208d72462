#include "mock-entra/directory/directory.h"

#include <gtest/gtest.h>

namespace keyrig::directory {
namespace {

Tenant TenantWith(User user) {
  Tenant tenant;
  tenant.id = "00112233-4455-6677-8899-aabbccddeeff";
  tenant.users.push_back(std::move(user));
  return tenant;
}

TEST(UserHandleTest, MatchesThePublishedVectorButForItsPrefix) {
  User user;
  user.id = "ffeeddcc-bbaa-9988-7766-554433221100";
  const Tenant tenant = TenantWith(user);
  // The published one is Windows Hello's twin, whose prefix is "ON:".
  Bytes expected =
      FromBase64Url("T046MyIRAFVEd2aImaq7zN3u_-XL2v8mea6v5bMB3Jw5-rS-TeKZ6lehLC8UuwzR6I2C").value();
  expected[1] = 'F';
  EXPECT_EQ(ToHex(tenant.HandleOf(tenant.users[0]).bytes), ToHex(expected));
  EXPECT_EQ(tenant.HandleOf(tenant.users[0]).bytes.size(), 51U);
}

TEST(UrlTokenTest, EndsInTheCountOfStrippedPadding) {
  EXPECT_EQ(UrlTokenEncode(Bytes(16, 0)), "AAAAAAAAAAAAAAAAAAAAAA2");
  EXPECT_EQ(UrlTokenEncode(Bytes(32, 0)).substr(42), "A1");
  EXPECT_EQ(UrlTokenEncode(Bytes(48, 0)).substr(63), "A0");
  EXPECT_EQ(UrlTokenDecode("Oy0dkr_kI6lp0loPvgEWqA2").value().size(), 16U);
  EXPECT_EQ(UrlTokenEncode(UrlTokenDecode("Oy0dkr_kI6lp0loPvgEWqA2").value()),
            "Oy0dkr_kI6lp0loPvgEWqA2");
  EXPECT_FALSE(UrlTokenDecode("Oy0dkr_kI6lp0loPvgEWqA1"));
  EXPECT_FALSE(UrlTokenDecode("Oy0dkr_kI6lp0loPvgEWqA"));
  EXPECT_FALSE(UrlTokenDecode(""));
}

TEST(TenantTest, FindsUsersByIdAndByNameWithoutCase) {
  User user;
  user.id = "b1d5f2e8-6c37-4094-8e2b-9f804d71c302";
  user.user_principal_name = "adele@contoso.onmicrosoft.com";
  Tenant tenant = TenantWith(user);
  EXPECT_EQ(tenant.FindUser("B1D5F2E8-6C37-4094-8E2B-9F804D71C302"), &tenant.users[0]);
  EXPECT_EQ(tenant.FindUser("Adele@Contoso.OnMicrosoft.com"), &tenant.users[0]);
  EXPECT_EQ(tenant.FindUser("adele"), nullptr);
}

TEST(TenantTest, FindsTheOwnerOfACredential) {
  User user;
  user.fido2_methods.resize(2);
  user.fido2_methods[1].credential.id = {{1, 2, 3}};
  Tenant tenant = TenantWith(user);
  EXPECT_EQ(tenant.FindCredential({{1, 2, 3}}).user, &tenant.users[0]);
  EXPECT_EQ(tenant.FindCredential({{1, 2, 3}}).method, &tenant.users[0].fido2_methods[1]);
  EXPECT_EQ(tenant.FindCredential({{1, 2}}).user, nullptr);
}

class TemporaryAccessPassTest : public ::testing::Test {
 protected:
  Tenant tenant_ = TenantWith(User{});
  User& user_ = tenant_.users[0];
  Rng rng_{7};
  Instant now_{std::chrono::hours(24 * 365 * 50)};
};

TEST_F(TemporaryAccessPassTest, IsUsableFromItsStartToItsEnd) {
  using std::chrono::minutes;
  const auto& pass = tenant_.IssuePass(user_, now_, now_ + minutes(10), 60, false, rng_);
  EXPECT_EQ(StateOf(pass, now_), PassState::kNotYetValid);
  EXPECT_EQ(StateOf(pass, now_ + minutes(10)), PassState::kUsable);
  EXPECT_EQ(StateOf(pass, now_ + minutes(70) - Duration(1)), PassState::kUsable);
  EXPECT_EQ(StateOf(pass, now_ + minutes(70)), PassState::kExpired);
}

TEST_F(TemporaryAccessPassTest, IsUsedUpOnlyWhereItIsForOneUse) {
  TemporaryAccessPass pass = tenant_.IssuePass(user_, now_, {}, 60, false, rng_);
  pass.used = true;
  EXPECT_EQ(StateOf(pass, now_), PassState::kUsable);
  pass.is_usable_once = true;
  EXPECT_EQ(StateOf(pass, now_), PassState::kOneTimeUsed);
  EXPECT_EQ(MethodUsabilityReason(StateOf(pass, now_)), "OneTimeUsed");
}

TEST_F(TemporaryAccessPassTest, ANewOneReplacesTheOld) {
  const std::string first = tenant_.IssuePass(user_, now_, {}, 60, false, rng_).pass;
  const std::string second = tenant_.IssuePass(user_, now_, {}, 60, false, rng_).pass;
  EXPECT_EQ(first.size(), 8U);
  EXPECT_NE(first, second);
  EXPECT_EQ(user_.temporary_access_pass->pass, second);
}

TEST(KeyModelTest, KnowsListedModelsOnly) {
  EXPECT_EQ(KeyModel(Aaguid::Parse("2fc0579f-8113-47ea-b116-bb5a8db9202a").value()),
            "YubiKey 5 Series with NFC");
  EXPECT_EQ(KeyModel(Aaguid{}), "");
}

}  // namespace
}  // namespace keyrig::directory
