#include "virtual-key/app/profile_command.h"

#include <cstdio>
#include <fstream>
#include <iterator>

#include "harness/base/certificate.h"
#include "harness/base/rng.h"
#include "virtual-key/profiles/profile.h"

namespace keyrig::app {
namespace {

void Print(const std::string& text) { std::fputs(text.c_str(), stdout); }

Result<std::string, Error> ReadWhole(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) return Fail("cannot read " + path.string());
  return text;
}

}  // namespace

ProfileCommand::ProfileCommand(CLI::App& app)
    : command_(app.add_subcommand("profile", "Show key models, and make new ones")) {
  command_->require_subcommand(0, 1);
  command_->add_subcommand("list", "Print the models that come with keyrig");
  const auto add = [&](const char* verb, const char* what) {
    CLI::App* const subcommand = command_->add_subcommand(verb, what);
    subcommand->add_option("profile", profile_, "A model of the list, or a profile's file")
        ->required();
    return subcommand;
  };
  add("show", "Print a model as a profile file with every member");
  CLI::App* const from = command_->add_subcommand(
      "from-mds", "Print the profile of a certified model, from its metadata statement or a BLOB");
  from->add_option("file", file_, "A metadata statement, or a whole metadata BLOB")->required();
  from->add_option("aaguid", aaguid_, "Which model of the BLOB");
  CLI::App* const statement =
      add("statement", "Print the metadata statement of a model, for a relying party");
  CLI::App* const blob = add("blob", "Print a signed metadata BLOB with the model alone");
  for (CLI::App* const made : {statement, blob}) {
    made->add_option("--root", root_,
                     "PEM of the root that the key's attestation chains to, as ctl "
                     "attestation-root prints it");
  }
  blob->add_option("--trust", trust_, "Write the BLOB's own root certificate (PEM) here")
      ->required();
}

Result<void, Error> ProfileCommand::Run() const {
  const std::string verb = command_->get_subcommands().front()->get_name();
  if (verb == "list") return List();
  if (verb == "show") return Show();
  if (verb == "from-mds") return FromMetadata();
  return verb == "statement" ? PrintStatement() : PrintBlob();
}

Result<void, Error> ProfileCommand::List() const {
  for (const std::string& name : profiles::BuiltInNames()) {
    const profiles::Profile profile = TRY(profiles::Load(name));
    std::printf("%-20s %s\n", name.c_str(), profile.description.c_str());
  }
  return {};
}

Result<void, Error> ProfileCommand::Show() const {
  Print(profiles::Write(TRY(profiles::Load(profile_))));
  return {};
}

Result<void, Error> ProfileCommand::FromMetadata() const {
  const std::string text = TRY(ReadWhole(file_));
  Print(profiles::Write(TRY(profiles::FromMetadata(file_.string(), text, aaguid_))));
  return {};
}

Result<Bytes, Error> ProfileCommand::Root() const {
  if (root_.empty()) return Bytes{};
  return TRY(crypto::Certificate::FromPem(TRY(ReadWhole(root_)))).front().Der();
}

Result<void, Error> ProfileCommand::PrintStatement() const {
  Print(profiles::MetadataStatement(TRY(profiles::Load(profile_)), TRY(Root())));
  return {};
}

Result<void, Error> ProfileCommand::PrintBlob() const {
  const profiles::Profile profile = TRY(profiles::Load(profile_));
  const Bytes root = TRY(Root());
  Rng rng;
  auto stream = rng.Stream("profile/blob");
  const Instant now = RealClock().Now();
  const crypto::DistinguishedName root_name{"", "keyrig", "", "keyrig metadata root"};
  const auto root_key = crypto::PrivateKey::Generate(CoseAlgorithm::kEs256, stream);
  const auto key = crypto::PrivateKey::Generate(CoseAlgorithm::kRs256, stream);
  const auto issue = [&](const crypto::DistinguishedName& subject, const crypto::PublicKey& of,
                         bool is_ca) {
    return crypto::IssueCertificate({.subject = subject,
                                     .issuer = root_name,
                                     .key = of,
                                     .not_before = now - std::chrono::hours(1),
                                     .not_after = now + std::chrono::hours(24 * 3650),
                                     .is_ca = is_ca},
                                    root_key, stream);
  };
  std::ofstream trust(trust_);
  trust << issue(root_name, root_key.Public(), true).Pem() << std::flush;
  if (!trust) return Fail("cannot write " + trust_.string());
  const auto leaf = issue({"", "keyrig", "", "keyrig metadata signer"}, key.Public(), false);
  Print(profiles::MetadataBlob(profile, root, {key, leaf, "2099-01-01"}, stream) + "\n");
  return {};
}

}  // namespace keyrig::app
