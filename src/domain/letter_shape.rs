//! The letters that are drawn like those of another script.

/// The plain Latin letter that a letter is taken for; itself where it is taken for nothing else.
///
/// Letters of other scripts, and Latin ones that do not decompose (from Unicode's confusables,
/// UTS #39, what registries let into domain names). Marks are to be taken off before.
pub(super) fn latin_letter(c: char) -> char {
    match c {
        'а' | 'α' | 'ɑ' => 'a',
        'ь' | 'ƅ' | 'в' | 'β' | 'ß' => 'b',
        'с' | 'ϲ' | 'ᴄ' => 'c',
        'ԁ' | 'đ' | 'ɗ' => 'd',
        'е' | 'ҽ' | 'є' | 'ε' => 'e',
        'ƒ' | 'ғ' => 'f',
        'ɡ' | 'ց' => 'g',
        'һ' | 'հ' | 'ħ' | 'н' => 'h',
        'ı' | 'і' | 'ι' | 'ӏ' | 'ɩ' => 'i',
        'ј' | 'ϳ' | 'ȷ' => 'j',
        'к' | 'κ' | 'ĸ' => 'k',
        'ł' => 'l',
        'м' | 'ᴍ' => 'm',
        'п' | 'ո' | 'η' | 'ŋ' => 'n',
        'о' | 'ο' | 'օ' | 'ø' | 'σ' | 'ө' => 'o',
        'р' | 'ρ' | 'þ' => 'p',
        'ԛ' | 'գ' => 'q',
        'г' => 'r',
        'ѕ' | 'ꜱ' | 'ʂ' => 's',
        'т' | 'τ' | 'ŧ' => 't',
        'υ' | 'ս' | 'ʋ' | 'ц' => 'u',
        'ν' | 'ѵ' => 'v',
        'ԝ' | 'ω' | 'ѡ' | 'ш' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' | 'ү' | 'ყ' => 'y',
        'ʐ' => 'z',
        other => other,
    }
}
