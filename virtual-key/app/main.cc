// virtual-key: a FIDO2 security key in software, as a HID device of the kernel, a contactless card,
// or a USB device at a port of this machine.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <string>

#include "virtual-key/app/ctl.h"
#include "virtual-key/app/profile_command.h"
#include "virtual-key/app/serve.h"
#include "virtual-key/profiles/profile.h"
#include "virtual-key/transport/gadget_description.h"

namespace {

constexpr int kDone = 0;
constexpr int kRefused = 1;
constexpr int kUsage = 2;
/// As many hidraw nodes as the kernel has numbers for.
constexpr int kMostKeys = 64;

int Report(const keyrig::Result<void, keyrig::Error>& result) {
  if (result) return kDone;
  std::fprintf(stderr, "virtual-key: %s\n", result.error().message.c_str());
  return kRefused;
}

int BadUsage(const std::string& message) {
  std::fprintf(stderr, "virtual-key: %s\nRun with --help for more information.\n", message.c_str());
  return kUsage;
}

int PrintFaults() {
  for (const keyrig::faults::Knob& knob : keyrig::faults::Catalogue()) {
    std::printf("%-42s the key %s\n", keyrig::faults::Usage(knob).c_str(), knob.meaning);
  }
  std::puts("\nEach is followed by once (where nothing is said), N times or always.");
  return kDone;
}

}  // namespace

int main(int argc, char** argv) {
  using keyrig::authenticator::Attestation;

  CLI::App app{
      "virtual-key: a FIDO2 security key in software.\n"
      "Attaches one key, or several, until SIGINT or SIGTERM and prints \"ready: /dev/hidrawN\" "
      "for each, or the name of the card reader, or /dev/hidgN.\n"
      "Without --store it remembers nothing from one run to the next."};
  std::string transport;
  std::string profile = "pin_key";
  std::string pin;
  std::string aaguid;
  std::string attestation;
  std::string touch = "touch";
  std::string name;
  std::uint64_t seed = 0;
  std::string control;
  app.add_option(
         "--transport", transport,
         "How the key is attached: uhid, as a HID device of this kernel; nfc, as a card in a "
         "virtual reader of pcscd (vsmartcard's vpcd); gadget, as a USB device at this machine's "
         "own "
         "device port, for the computer at its other end")
      ->check(CLI::IsMember({"uhid", "nfc", "gadget"}));
  app.add_option("--profile", profile,
                 "The model that it is: one of `virtual-key profile list`, or a profile's file")
      ->capture_default_str();
  const CLI::Option* has_pin = app.add_option("--pin", pin, "The PIN that it has from the start");
  const CLI::Option* has_aaguid =
      app.add_option("--aaguid", aaguid, "Another AAGUID than the model's");
  const std::map<std::string, Attestation> attestations{
      {"packed", Attestation::kPacked}, {"self", Attestation::kSelf}, {"none", Attestation::kNone}};
  const CLI::Option* has_attestation =
      app.add_option("--attestation", attestation,
                     "Another attestation than the model's: packed (a certificate chain of its "
                     "own), self or none")
          ->check(CLI::IsMember({"packed", "self", "none"}));
  app.add_option(
         "--touch", touch,
         "What the user does when the key asks: touch, \"touch after 250ms\", \"hold 6s\", "
         "\"finger NAME\", \"wrong finger\", decline, never, or manual (by --control or --http)")
      ->capture_default_str();
  const CLI::Option* has_name =
      app.add_option("--name", name, "The product name that clients show, if not the model's");
  std::uint16_t vpcd_port = keyrig::transport::kVpcdPort;
  app.add_option("--vpcd-port", vpcd_port, "nfc: where the virtual reader waits for a card")
      ->capture_default_str();
  int count = 1;
  app.add_option("--count", count,
                 "How many keys there are, each with a serial, a memory and a node of its own; ctl "
                 "--key N steers one of them")
      ->check(CLI::Range(1, kMostKeys))
      ->capture_default_str();
  std::string udc;
  const CLI::Option* has_udc = app.add_option(
      "--udc", udc, "gadget: the USB device port, as /sys/class/udc names it, if not the first");
  std::string serial;
  const CLI::Option* has_serial = app.add_option(
      "--serial", serial,
      "gadget: the serial number that hosts see, if not the profile's; where there is none, "
      "another one each time");
  const CLI::Option* has_seed =
      app.add_option("--seed", seed,
                     "Derive every secret from this number, for repeatable tests; the second of "
                     "several keys is what --seed with the next number makes, and so on");
  std::string store;
  const CLI::Option* has_store = app.add_option(
      "--store", store,
      "Remember everything in this file (mode 0600), which is made where it is not there; several "
      "keys in FILE.1, FILE.2 and so on");
  const CLI::Option* has_control =
      app.add_option("--control", control, "Make a control socket (mode 0600) at this path");
  std::string http;
  std::string http_token_file;
  const CLI::Option* has_http = app.add_option(
      "--http", http,
      "Take the same verbs over HTTP at this loopback address, such as 127.0.0.1:0; prints the URL "
      "and the token that clients must send");
  const CLI::Option* has_token_file =
      app.add_option("--http-token-file", http_token_file,
                     "Keep the token in this file (mode 0600), which is made where it is not there")
          ->needs("--http");
  std::string journal;
  std::string journal_format;
  const CLI::Option* has_journal = app.add_option(
      "--journal", journal,
      "Write what passes on the key's wire to this file (mode 0600): each transaction decoded, as "
      "text (.txt, .log) or JSON lines (.jsonl), or the packets for Wireshark (.pcapng). A file "
      "that is there already is added to. Several keys in NAME.1.jsonl, NAME.2.jsonl and so on");
  const CLI::Option* has_journal_format =
      app.add_option("--journal-format", journal_format,
                     "text, jsonl or pcapng, where the file's name does not say it")
          ->check(CLI::IsMember({"text", "jsonl", "pcapng"}))
          ->needs("--journal");
  std::vector<std::string> faults;
  app.add_option(
      "--fault", faults,
      "Misbehave from the start: NAME[=ARGUMENT] [once|N times|always]; may be repeated");
  const CLI::App* const lists_faults =
      app.add_subcommand("faults", "Print the ways in which a key can misbehave");
  const keyrig::app::Ctl ctl(app);
  const keyrig::app::ProfileCommand profiles(app);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  if (ctl.IsAsked()) {
    return ctl.HasVerb() ? Report(ctl.Run()) : BadUsage("ctl needs a verb, such as ctl state");
  }
  if (lists_faults->parsed()) return PrintFaults();
  if (profiles.IsAsked()) {
    return profiles.HasVerb() ? Report(profiles.Run())
                              : BadUsage("profile needs a verb, such as profile list");
  }

  if (transport.empty()) return BadUsage("--transport is required, such as --transport uhid");
  auto model = keyrig::profiles::Load(profile);
  if (!model) return BadUsage("--profile: " + model.error().message);
  if (*has_aaguid) {
    const auto other = keyrig::Aaguid::Parse(aaguid);
    if (!other) return BadUsage("--aaguid: " + other.error().message);
    model->config.aaguid = *other;
  }
  if (*has_attestation) model->config.attestation = attestations.at(attestation);
  const auto gesture = keyrig::GestureScript::Parse(touch);
  if (!gesture) return BadUsage("--touch: " + gesture.error().message);
  if (gesture->gesture == keyrig::Gesture::kManual && !*has_control && !*has_http) {
    return BadUsage("--touch manual needs --control or --http, or nobody can ever touch the key");
  }
  if (count > 1 && transport != "uhid") {
    return BadUsage("--count is for --transport uhid: there is room for one key on " + transport);
  }

  if (*has_seed && *has_store) {
    return BadUsage(
        "--seed and --store exclude each other: after a restart the seed would make the same "
        "credentials again");
  }
  const bool is_gadget = transport == "gadget";
  if (!is_gadget && (*has_udc || *has_serial)) {
    return BadUsage(std::string(*has_udc ? "--udc" : "--serial") + " is for --transport gadget");
  }
  if (!*has_serial) serial = model->usb.serial_number;
  if ((*has_serial || !serial.empty()) && !keyrig::transport::IsSerial(serial)) {
    return BadUsage("the serial number \"" + serial +
                    "\" will not do: 1 to 63 characters of ASCII without spaces");
  }

  keyrig::app::ServeOptions options;
  options.key.config = model->config;
  options.key.gesture = *gesture;
  for (const std::string& text : faults) {
    const auto fault = keyrig::faults::Fault::Parse(text);
    if (!fault) return BadUsage("--fault: " + fault.error().message);
    options.key.faults.push_back(*fault);
  }
  options.usb = {.vendor = model->usb.vendor,
                 .product = model->usb.product,
                 .manufacturer = model->usb.manufacturer,
                 .product_name = *has_name ? name : model->usb.product_name,
                 .serial = serial};
  options.udc = udc;
  if (is_gadget) options.transport = keyrig::app::Transport::kGadget;
  if (transport == "nfc") options.transport = keyrig::app::Transport::kNfc;
  options.vpcd_port = vpcd_port;
  if (*has_pin) options.key.pin = pin;
  if (*has_seed) options.seed = seed;
  if (*has_store) options.store = store;
  if (*has_control) options.control = control;
  options.count = count;
  if (*has_http) {
    const auto address = keyrig::control::LoopbackAddress::Parse(http);
    if (!address) return BadUsage("--http: " + address.error().message);
    options.http = {*address, std::nullopt};
    if (*has_token_file) options.http->token_file = http_token_file;
  }
  if (*has_journal) {
    const auto format = *has_journal_format ? keyrig::journal::FormatOf(journal_format)
                                            : keyrig::journal::FormatByEnding(journal);
    if (!format) {
      return BadUsage("--journal: the name \"" + journal +
                      "\" does not end in .txt, .log, .jsonl or .pcapng; say which with "
                      "--journal-format");
    }
    options.journal = journal;
    options.journal_format = *format;
  }
  return Report(keyrig::app::Serve(options));
}
