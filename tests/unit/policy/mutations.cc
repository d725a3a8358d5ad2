#include "tests/unit/policy/mutations.h"

#include <algorithm>
#include <array>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "engine/policy/layout.h"

namespace caseclock::policy::testing {
namespace {

using Lines = std::vector<std::string>;

Lines SplitLines(const std::string& text) {
  Lines lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::string Joined(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// Every key of the table, in maps with a fixed set of keys. Left out: those that are also names of
// clocks, which may be anything.
std::set<std::string> FixedKeys() {
  std::set<std::string> keys;
  for (const Layout* layout :
       {&WorkflowFile(), &QueuesFile(), &CalendarFile(), &VersionLayout(), &StageLayout(),
        &ClassLayout(), &OutcomeLayout(), &ClockLayout(), &DatedDeadlineLayout(),
        &ExtendsForLayout(), &ExtensionLayout(), &WarningLayout(), &OverdueLayout(), &QueueLayout(),
        &CoverageLayout(), &MeetingLayout()}) {
    for (const Key& key : layout->keys) keys.emplace(key.name);
  }
  return keys;
}

bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || c == '_';
}

// A word of a line outside its comment and outside of prose.
struct Word {
  size_t line = 0;
  size_t at = 0;
  std::string text;
  bool is_key = false;
  std::string whole_value;  // of a key that has the rest of its line
};

std::vector<Word> WordsOf(const Lines& lines) {
  std::vector<Word> words;
  for (size_t i = 0; i < lines.size(); ++i) {
    std::string line = lines[i].substr(0, lines[i].find('#'));
    while (line.ends_with(' ')) line.pop_back();
    const size_t first = line.find_first_not_of(" -");
    for (const char* prose : {"source:", "text:"}) {
      const size_t at = line.find(prose);
      if (at != std::string::npos) line.resize(at + std::string_view(prose).size());
    }
    for (size_t at = 0; at < line.size(); ++at) {
      if (!IsWord(line[at])) continue;
      size_t end = at;
      while (end < line.size() && IsWord(line[end])) ++end;
      const bool starts = at == first || (at > 0 && (line[at - 1] == '{' || line[at - 1] == ' '));
      const bool key = starts && end < line.size() && line[end] == ':' &&
                       (end + 1 == line.size() || line[end + 1] == ' ');
      Word word{i, at, line.substr(at, end - at), key, {}};
      if (key && at == first && end + 2 < line.size()) word.whole_value = line.substr(end + 2);
      words.push_back(std::move(word));
      while (end < line.size() && line[end] != ' ' && line[end] != '{' && line[end] != '[') ++end;
      at = end;
    }
  }
  return words;
}

class Mutator {
 public:
  Mutator(Mutation* mutation, std::string* text, uint32_t seed)
      : mutation_(mutation), text_(text), lines_(SplitLines(*text)), random_(seed) {}

  // What is done to lines and bytes may leave a file good; what is done to words never does.
  void Run() {
    switch (Below(17)) {
      case 0:
        return Say("deleted", LineDeleted());
      case 1:
        return Say("repeated", LineRepeated());
      case 2:
        return Say("exchanged with the next", LinesExchanged());
      case 3:
        return Say("moved", LineMoved());
      case 4:
        return Say("indented", LineIndented());
      case 5:
        return NumberChanged();
      case 6:
        return Truncated();
      case 7:
        return BytesDamaged();
      case 8:
        return BadUtf8();
      case 9:
        return Nested();
      case 10:
        return Anchored();
      case 11:
      case 12:
        return KeyRenamed();
      case 13:
        return StageMisspelt();
      case 14:
        return EventMisspelt();
      default:
        return TypeChanged();
    }
  }

 private:
  size_t Below(size_t n) { return random_() % n; }
  void Say(const std::string& what, size_t line) {
    *text_ = Joined(lines_);
    mutation_->what = "line " + std::to_string(line + 1) + " " + what;
  }
  void Wrong(const std::string& what, size_t line) {
    Say(what, line);
    mutation_->wrong = true;
  }

  size_t LineDeleted() {
    const size_t at = Below(lines_.size());
    lines_.erase(lines_.begin() + static_cast<ptrdiff_t>(at));
    return at;
  }
  size_t LineRepeated() {
    const size_t at = Below(lines_.size());
    lines_.insert(lines_.begin() + static_cast<ptrdiff_t>(at), std::string(lines_[at]));
    return at;
  }
  size_t LinesExchanged() {
    const size_t at = Below(lines_.size() - 1);
    std::swap(lines_[at], lines_[at + 1]);
    return at;
  }
  size_t LineMoved() {
    const size_t from = Below(lines_.size());
    const std::string line = lines_[from];
    lines_.erase(lines_.begin() + static_cast<ptrdiff_t>(from));
    const size_t to = Below(lines_.size());
    lines_.insert(lines_.begin() + static_cast<ptrdiff_t>(to), line);
    return to;
  }
  size_t LineIndented() {
    const size_t at = Below(lines_.size());
    lines_[at] = Below(2) == 0 ? "  " + lines_[at] : "\t" + lines_[at];
    return at;
  }

  void NumberChanged() {
    static constexpr std::array<const char*, 8> kNumbers = {
        "0", "-1", "99999999999999999999", "2147483648", "1e9", "0x10", "007", "3.5"};
    std::vector<std::pair<size_t, size_t>> places;
    for (size_t i = 0; i < text_->size(); ++i) {
      size_t end = i;
      while (end < text_->size() && (*text_)[end] >= '0' && (*text_)[end] <= '9') ++end;
      if (end > i) places.emplace_back(i, end - i);
      i = std::max(i, end);
    }
    if (places.empty()) return KeyRenamed();
    const auto [at, size] = places[Below(places.size())];
    text_->replace(at, size, kNumbers[Below(kNumbers.size())]);
    mutation_->what = "number changed at byte " + std::to_string(at);
  }

  void Truncated() {
    text_->resize(Below(text_->size()));
    mutation_->what = "truncated to " + std::to_string(text_->size()) + " bytes";
  }

  void BytesDamaged() {
    static constexpr std::string_view kSigns = "[]{}:,#&*!|>'\"%-\n \t@`?~";
    for (size_t n = 1 + Below(4); n > 0; --n) {
      const size_t at = Below(text_->size());
      if (Below(2) == 0) {
        (*text_)[at] = static_cast<char>(random_());
      } else {
        text_->insert(at, 1, kSigns[Below(kSigns.size())]);
      }
    }
    mutation_->what = "bytes damaged";
  }

  void BadUtf8() {
    static constexpr std::array<std::string_view, 8> kBad = {
        "\xff",     "\xc3",         "\xe2\x82", "\xf0\x9f\x98",
        "\xc0\x80", "\xed\xa0\x80", "\xfe\xff", std::string_view("\0", 1)};
    const size_t at = Below(4) == 0 ? 0 : Below(text_->size());
    text_->insert(at, kBad[Below(kBad.size())]);
    mutation_->what = "bad UTF-8 at byte " + std::to_string(at);
  }

  void Nested() {
    static constexpr std::array<std::string_view, 5> kOpening = {"[", "{", "- ", "? ", "{a: "};
    const std::string_view opening = kOpening[Below(kOpening.size())];
    std::string nest;
    for (size_t n = 1 + Below(3'000); n > 0; --n) nest += opening;
    const size_t at = Below(lines_.size());
    lines_.insert(lines_.begin() + static_cast<ptrdiff_t>(at), nest);
    Say("nested by " + std::string(opening), at);
  }

  void Anchored() {
    static constexpr std::array<const char*, 7> kMarks = {"&a ",    "*a ",  "!!map ", "!!binary ",
                                                          "<<: *a", "--- ", "... "};
    const size_t at = Below(lines_.size());
    const size_t colon = lines_[at].find(": ");
    lines_[at].insert(colon == std::string::npos ? 0 : colon + 2, kMarks[Below(kMarks.size())]);
    Say("marked", at);
  }

  // What must be refused.

  template <typename Takes>
  const Word* Pick(const std::vector<Word>& words, const Takes& takes) {
    std::vector<const Word*> taken;
    for (const Word& word : words) {
      if (takes(word)) taken.push_back(&word);
    }
    return taken.empty() ? nullptr : taken[Below(taken.size())];
  }

  // With one letter doubled, dropped or exchanged, so that it is none of `known` any more.
  std::string Misspelt(const std::string& word, const std::set<std::string>& known) {
    while (true) {
      std::string out = word;
      const size_t at = Below(out.size());
      switch (Below(3)) {
        case 0:
          out.insert(at, 1, out[at]);
          break;
        case 1:
          out.erase(at, 1);
          break;
        default:
          out[at] = out[at] == 'x' ? 'y' : 'x';
          break;
      }
      if (!out.empty() && !known.contains(out)) return out;
    }
  }

  void Respell(const Word& word, const std::set<std::string>& known, const std::string& what) {
    const std::string wrong = Misspelt(word.text, known);
    lines_[word.line].replace(word.at, word.text.size(), wrong);
    Wrong(what + " " + word.text + " misspelt " + wrong, word.line);
  }

  void KeyRenamed() {
    const std::set<std::string> keys = FixedKeys();
    const std::vector<Word> words = WordsOf(lines_);
    const Word* word =
        Pick(words, [&](const Word& w) { return w.is_key && keys.contains(w.text); });
    Respell(*word, keys, "key");
  }

  void StageMisspelt() {
    const std::vector<Word> words = WordsOf(lines_);
    std::set<std::string> stages;
    const auto by_stage = [&](const Word& word) {
      return !word.is_key && lines_[word.line].rfind("staged: ", word.at) != std::string::npos;
    };
    for (const Word& word : words) stages.insert(word.text);
    const Word* word = Pick(words, by_stage);
    if (word == nullptr) return KeyRenamed();
    // What stands behind `staged` in the line may also be an event: wrong as well.
    Respell(*word, stages, "stage");
  }

  void EventMisspelt() {
    std::set<std::string> events;
    for (const std::string_view name : EventNames()) events.emplace(name);
    const std::vector<Word> words = WordsOf(lines_);
    const Word* word = Pick(words, [&](const Word& w) {
      const std::string& line = lines_[w.line];
      return events.contains(w.text) && line.rfind("s_on: ", w.at) != std::string::npos;
    });
    if (word == nullptr) return KeyRenamed();
    Respell(*word, events, "event");
  }

  void TypeChanged() {
    const std::set<std::string> keys = FixedKeys();
    const std::vector<Word> words = WordsOf(lines_);
    const Word* word = Pick(words, [&](const Word& w) {
      return keys.contains(w.text) && !w.whole_value.empty() &&
             (w.whole_value.front() == '{') == (w.whole_value.back() == '}');
    });
    if (word == nullptr) return KeyRenamed();
    const std::string value = word->whole_value.front() == '{' ? "5" : "{zz: [1]}";
    std::string& line = lines_[word->line];
    line = line.substr(0, word->at + word->text.size()) + ": " + value;
    Wrong("value of " + word->text + " became " + value, word->line);
  }

  Mutation* mutation_;
  std::string* text_;
  Lines lines_;
  std::mt19937 random_;
};

}  // namespace

Mutation Mutate(const PolicyTexts& shipped, uint32_t seed) {
  Mutation mutation;
  mutation.texts = shipped;
  std::vector<std::pair<std::string, std::string>*> files;
  for (auto& file : mutation.texts) {
    if (!file.first.starts_with("zones/")) files.push_back(&file);
  }
  auto& chosen = *files[seed % files.size()];
  mutation.file = chosen.first;
  const bool names_others = chosen.second.find("\nqueues:") != std::string::npos;
  Mutator(&mutation, &chosen.second, seed).Run();
  if (names_others) return mutation;
  std::erase_if(mutation.texts, [&](const auto& file) {
    return file.first != mutation.file && !file.first.starts_with("zones/");
  });
  return mutation;
}

}  // namespace caseclock::policy::testing
