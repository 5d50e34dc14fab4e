// SPDX-License-Identifier: MIT
/// What the program says of itself: help, manual pages, completion, all from the tables of commands,
/// options and keys.
#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <boost/program_options/cmdline.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "command.hpp"
#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/base/suggestion.hpp"
#include "flatgrid/base/text.hpp"
#include "flatgrid/configuration/configuration.hpp"
#include "flatgrid/configuration/key_name.hpp"
#include "flatgrid/configuration/value.hpp"
#include "flatgrid/results/provenance.hpp"

namespace flatgrid::commands {
namespace {

namespace options = boost::program_options;

constexpr std::string_view k_purpose =
    "flatgrid measures how flatness and generalization of neural networks go together.";
constexpr std::string_view k_exit_codes =
    "Exit codes: 0 all done; 2 bad configuration, file or usage, nothing changed; 3 done, but some "
    "points failed or, says verify, are damaged; 75 stopped early (signal, time limit, full disk), "
    "what is finished is saved: run again.\n";
constexpr std::string_view k_environment =
    "Texts fit the terminal, from 40 columns on, or the columns that the variable COLUMNS says; 80 "
    "without either. Errors and warnings on a terminal are in colour, unless NO_COLOR is set or "
    "TERM "
    "is dumb.\n";
constexpr std::string_view k_help_purpose =
    "Describe a COMMAND, an ALGORITHM, a KEY or SECTION of a configuration, or all keys";
constexpr std::string_view k_version_purpose = "Print the version and what it was built from";

std::string general_help(const std::vector<Command>& commands) {
  const std::size_t columns = output_columns();
  std::vector<Term> calls;
  for (const Command& command : commands) {
    calls.push_back({fmt::format("flatgrid {} {}", command.name, command.argument),
                     std::string(command.purpose)});
  }
  std::string text = paragraphs(k_purpose, columns) + '\n' + listed(calls, columns) + '\n';
  text += listed(
      {{"flatgrid help [WORD]", std::string(k_help_purpose)},
       {"flatgrid help --man [keys]", "Print a manual page: of the program, of the keys"},
       {"flatgrid help --completion", "Print what completes commands, options and keys in bash"},
       {"flatgrid version", std::string(k_version_purpose)}},
      columns);
  return text + '\n' + paragraphs(k_exit_codes, columns) + '\n' +
         paragraphs(k_environment, columns);
}

/// A description, moved to the right.
std::string indented(std::string_view text) { return paragraphs(text, output_columns(), "    "); }

std::string key_help(const configuration::ConfigurationKey& key) {
  std::string name(key.name);
  if (!key.default_text.empty()) name += " = " + key.default_text;
  return paragraphs(name, output_columns()) + indented(key.description) + indented(key.domain);
}

/// The keys of a section, or the key itself, with or without its section.
std::string keys_help(std::string_view word) {
  std::string text;
  for (const configuration::ConfigurationKey& key : configuration::configuration_keys()) {
    if (word == "keys" || word == key.name || word == configuration::section_of(key.name) ||
        word == configuration::without_section(key.name)) {
      text += '\n' + key_help(key);
    }
  }
  constexpr std::string_view k_title =
      "Keys of a configuration, `[section]` lines and `key = value` lines.";
  return text.empty() ? text : paragraphs(k_title, output_columns()) + text;
}

/// An algorithm of that name: what it does, its paper, how it ends, the keys it reads. Empty if there is
/// none.
std::string algorithm_help(std::string_view name) {
  const auto table = algorithm::Algorithm::table();
  const auto found = std::ranges::find(table, name, &algorithm::Algorithm::name);
  if (found == table.end()) return "";
  const std::size_t columns = output_columns();
  std::string text = paragraphs(
      fmt::format("{}, an algorithm: a value of the axis grid.algorithm", found->name), columns);
  text += '\n' + indented(found->description);
  if (!found->source.empty()) text += "\nSource:\n" + indented(found->source);
  text += "\nIt ends:\n" + indented(found->ending);
  const auto add_keys = [&](std::string_view title, const std::vector<std::string_view>& names) {
    if (names.empty()) return;
    text += fmt::format("\n{}:\n", title);
    for (const configuration::ConfigurationKey& key : configuration::configuration_keys()) {
      if (std::ranges::count(names, key.name) > 0) text += '\n' + key_help(key);
    }
  };
  if (found->keys.empty()) {
    text +=
        '\n' + paragraphs("No key of [training] or [flattest] changes what it computes.", columns);
  }
  add_keys("Keys it reads", found->keys);
  add_keys("For activations of degree 2 and 3 also", found->keys_above_degree_1);
  return text;
}

/// A text as troff wants it: no character of its own language, '-' the one of options.
std::string roff(std::string_view text) {
  std::string result;
  for (const char character : text) {
    if (character == '\\') {
      result += "\\e";
    } else if (character == '-') {
      result += "\\-";
    } else {
      const bool begins_line = result.empty() || result.back() == '\n';
      if (begins_line && (character == '.' || character == '\'')) result += "\\&";
      result += character;
    }
  }
  return result;
}

std::string page_title(int section) {
  return fmt::format(".TH FLATGRID {} \"\" \"flatgrid {}\"\n", section, results::version());
}

/// "--output RESULTS, -o RESULTS" and its description.
std::string option_paragraph(const options::option_description& option) {
  const std::string value = option.semantic()->max_tokens() == 0
                                ? std::string()
                                : fmt::format(" \\fI{}\\fR", roff(option.format_parameter()));
  std::string names = fmt::format("\\fB{}\\fR{}", roff("--" + option.long_name()), value);
  const std::string name =
      option.canonical_display_name(options::command_line_style::allow_dash_for_short);
  if (name.starts_with('-')) names += fmt::format(", \\fB{}\\fR{}", roff(name), value);
  return fmt::format(".TP\n{}\n{}\n", names, roff(option.description()));
}

std::string manual_page(const std::vector<Command>& commands) {
  std::string text = page_title(1);
  auto end = std::back_inserter(text);
  fmt::format_to(end, ".SH NAME\nflatgrid \\- flat minima and generalization, measured at scale\n");
  fmt::format_to(end, ".SH SYNOPSIS\n");
  for (const Command& command : commands) {
    fmt::format_to(end, ".B flatgrid {}\n.I {}\n{}.br\n", command.name, roff(command.argument),
                   command.options.options().empty() ? "" : "[options]\n");
  }
  fmt::format_to(end, ".B flatgrid help\n[\\fIWORD\\fR]\n.br\n.B flatgrid version\n");
  fmt::format_to(end,
                 ".SH DESCRIPTION\n{}\nA configuration, described in \\fBflatgrid\\fR(5), "
                 "spans a grid of training runs; \\fBrun\\fR computes it into a results file.\n"
                 ".SH COMMANDS\n",
                 roff(k_purpose));
  for (const Command& command : commands) {
    fmt::format_to(end, ".SS {} {}\n{}.\n", command.name, roff(command.argument),
                   roff(command.purpose));
    if (!command.remarks.empty()) fmt::format_to(end, ".PP\n{}", roff(command.remarks));
    for (const auto& option : command.options.options()) text += option_paragraph(*option);
  }
  fmt::format_to(end, ".SS help [WORD]\n{}.\n.SS version\n{}.\n", roff(k_help_purpose),
                 roff(k_version_purpose));
  fmt::format_to(end, ".SH EXIT STATUS\n{}.SH ENVIRONMENT\n{}.SH SEE ALSO\n.BR flatgrid (5)\n",
                 roff(k_exit_codes), roff(k_environment));
  return text;
}

std::string keys_page() {
  std::string text = page_title(5);
  auto end = std::back_inserter(text);
  fmt::format_to(
      end,
      ".SH NAME\nflatgrid \\- the configuration of a grid\n.SH DESCRIPTION\n"
      "An INI file of [section] lines, key = value lines and # comments. Lists are\n"
      "separated by commas; 0..19 is an inclusive range of whole numbers. Every key but\n"
      "those of [grid] has a default.\n");
  std::string_view section;
  for (const configuration::ConfigurationKey& key : configuration::configuration_keys()) {
    if (configuration::section_of(key.name) != section) {
      section = configuration::section_of(key.name);
      fmt::format_to(end, ".SH [{}]\n", section);
    }
    fmt::format_to(end, ".TP\n\\fB{}\\fR{}\n{}.\nIt is {}.\n",
                   roff(configuration::without_section(key.name)),
                   key.default_text.empty() ? "" : " = " + roff(key.default_text),
                   roff(key.description), roff(key.domain));
  }
  fmt::format_to(end, ".SH ALGORITHMS\n");
  for (const algorithm::Algorithm& algorithm : algorithm::Algorithm::table()) {
    fmt::format_to(end, ".TP\n\\fB{}\\fR\n{}\n", roff(algorithm.name), roff(algorithm.description));
    if (!algorithm.source.empty()) fmt::format_to(end, "Source: {}.\n", roff(algorithm.source));
    fmt::format_to(end, "It ends: {}\n", roff(algorithm.ending));
    if (!algorithm.keys.empty()) {
      fmt::format_to(end, "It reads {}.\n",
                     roff(fmt::format("{}", fmt::join(algorithm.keys, ", "))));
    }
  }
  fmt::format_to(end, ".SH SEE ALSO\n.BR flatgrid (1)\n");
  return text;
}

std::string completion(const std::vector<Command>& commands) {
  std::vector<std::string_view> names = {"help", "version"};
  std::set<std::string_view> topics = {"keys"};
  std::vector<std::string_view> keys;
  std::string cases;
  for (const Command& command : commands) {
    names.push_back(command.name);
    topics.insert(command.name);
    std::string words = "--help";
    for (const auto& option : command.options.options()) words += " --" + option->long_name();
    cases += fmt::format("    -*,{}) words='{}' ;;\n", command.name, words);
  }
  for (const algorithm::Algorithm& algorithm : algorithm::Algorithm::table())
    topics.insert(algorithm.name);
  for (const configuration::ConfigurationKey& key : configuration::configuration_keys()) {
    keys.push_back(key.name);
    topics.insert({key.name, configuration::section_of(key.name)});
  }
  return fmt::format(R"(# bash completion of flatgrid {}, written by `flatgrid help --completion`
_flatgrid() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD - 1]}}" words=
  # bash has split --set=KEY at the sign.
  if [ "$before" = = ]; then before="${{COMP_WORDS[COMP_CWORD - 2]}}"; fi
  if [ "$word" = = ]; then before="${{COMP_WORDS[COMP_CWORD - 1]}}" word=; fi
  if [ "$COMP_CWORD" -gt 1 ] && [ "$before" = --set ]; then
    mapfile -t COMPREPLY < <(compgen -S = -W '{}' -- "$word")
    compopt -o nospace 2>/dev/null
    return
  fi
  case "$COMP_CWORD,${{COMP_WORDS[1]}}" in
    1,*) words='{}' ;;
    2,help) words='{}' ;;
  esac
  case "$word,${{COMP_WORDS[1]}}" in
{}  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}}
complete -o bashdefault -o default -F _flatgrid flatgrid
)",
                     results::version(), fmt::join(keys, " "), fmt::join(names, " "),
                     fmt::join(topics, " "), cases);
}

}  // namespace

std::string help(const std::vector<Command>& commands, const std::vector<std::string>& words) {
  if (words.empty()) return general_help(commands);
  const bool of_keys = words[0] == "--man" && words.size() > 1 && words[1] == "keys";
  if (words.size() > (of_keys ? 2 : 1)) {
    throw Error(fmt::format("help: '{}' is one argument too many", printable(words.back())));
  }
  if (of_keys) return keys_page();
  if (words[0] == "--man") return manual_page(commands);
  if (words[0] == "--completion") return completion(commands);
  std::vector<std::string_view> known = {"keys", "--man", "--completion"};
  for (const Command& command : commands) {
    if (command.name == words[0]) return help_text(command);
    known.push_back(command.name);
  }
  // [flattest] is a section, flattest an algorithm.
  const std::string algorithm = algorithm_help(words[0]);
  const std::string keys = keys_help(words[0]);
  if (!algorithm.empty() && !keys.empty()) return algorithm + '\n' + keys;
  if (!algorithm.empty() || !keys.empty()) return algorithm + keys;
  for (const configuration::ConfigurationKey& key : configuration::configuration_keys()) {
    known.insert(known.end(), {key.name, configuration::section_of(key.name),
                               configuration::without_section(key.name)});
  }
  for (const algorithm::Algorithm& each : algorithm::Algorithm::table()) known.push_back(each.name);
  throw Error(fmt::format(
      "help: '{}' is no command, algorithm, key or section; {}", printable(words[0]),
      suggestion_or(configuration::explain_unknown(words[0], known), "see `flatgrid help`")));
}

}  // namespace flatgrid::commands
