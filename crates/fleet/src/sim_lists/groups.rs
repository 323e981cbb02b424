//! Digits that stand beside each other: one number in groups, or several numbers.

use super::range::Range;
use crate::identifiers::{Eid, Iccid, Imei};

/// One number has no more groups than digits.
pub(super) const OF_ONE: usize = 32;
/// A part of a number that was written in groups has fewer digits.
const GROUP: usize = 7;
/// So many digits are a number by themselves.
const WHOLE: usize = 10;
/// So many digits has an ICCID without its check digit.
pub(super) const OPEN_ICCID: usize = 18;
/// The most digits of an IMSI, an IMEI or a telephone number.
const SUBSCRIPTION: usize = 15;
/// Of the end of a range, so many last digits may be written where the others are left out; more may be another number.
const ENDING: usize = WHOLE - 1;

/// Digits without anything between them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) digits: &'a str,
    /// Where they begin and end.
    pub(super) written: (usize, usize),
    /// Whether a plus stands before them.
    pub(super) is_international: bool,
    /// Whether a dash without spaces stands before them.
    pub(super) is_dashed: bool,
}

/// Pieces with only spaces and the like between them.
#[derive(Debug, Default)]
pub(super) struct Pieces<'a> {
    list: Vec<Piece<'a>>,
    /// Whether others stood before them, so that these are not all there is.
    is_rest: bool,
}

/// What is read as one number.
#[derive(Debug)]
pub(super) struct Number {
    pub(super) digits: String,
    pub(super) written: (usize, usize),
    pub(super) is_international: bool,
    /// Whether its groups are joined by dashes.
    pub(super) is_dashed: bool,
    pieces: usize,
}

impl<'a> Pieces<'a> {
    pub(super) fn push(&mut self, piece: Piece<'a>) {
        self.list.push(piece);
    }

    pub(super) fn append(&mut self, others: &mut Self) {
        self.list.append(&mut others.list);
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether they end with a part of an ICCID, of which the rest is elsewhere.
    pub(super) fn end_within_card(&self) -> bool {
        let is_part = |piece: &Piece<'_>| piece.digits.starts_with("89") && piece.digits.len() < OPEN_ICCID;
        self.last().is_some_and(|number| !number.is_complete()) && self.list.iter().any(is_part)
    }

    /// The number that the pieces begin with.
    pub(super) fn first(&self) -> Option<Number> {
        number_of(&self.list, self.is_rest)
    }

    /// The number that they end with.
    pub(super) fn last(&self) -> Option<Number> {
        let mut rest = self.list.as_slice();
        let mut last = None;
        while let Some(number) = number_of(rest, self.is_rest || last.is_some()) {
            rest = rest.get(number.pieces..).unwrap_or_default();
            last = Some(number);
        }
        last
    }

    /// Whether the last piece has a dash before it and is too short to be a number: if it ends one, that has a dash in it.
    pub(super) fn goes_on_by_dash(&self) -> bool {
        self.list.last().is_some_and(|piece| piece.is_dashed && piece.digits.len() < WHOLE)
    }

    pub(super) fn drop_first(&mut self, number: &Number) {
        self.list.drain(..number.pieces.min(self.list.len()));
        self.is_rest = !self.list.is_empty();
    }

    pub(super) fn drop_last(&mut self, number: &Number) {
        self.list.truncate(self.list.len().saturating_sub(number.pieces));
    }
}

impl Number {
    /// Whether nothing is missing, but perhaps a check digit.
    pub(super) fn is_complete(&self) -> bool {
        match self.digits.len() {
            WHOLE..=SUBSCRIPTION | 32 => true,
            OPEN_ICCID..=20 => self.digits.starts_with("89"),
            _ => false,
        }
    }

    /// Whether `to` can be the end of a range that this one begins. `is_tight`: only a dash stands between them, without spaces.
    pub(super) fn is_range_to(&self, to: &Self, is_tight: bool) -> bool {
        let (from, to) = (self.digits.as_str(), to.digits.as_str());
        if from.len() == to.len() {
            // Two identifiers of the same kind, rather than the IMSI and the IMEI of one SIM.
            let issuer = from.len() / 3;
            return from.get(..issuer) == to.get(..issuer) || (is_tight && to.parse::<Imei>().is_err());
        }
        if to.len() > from.len() {
            return false;
        }
        let is_card_in_two = is_tight && from.starts_with("89") && matches!(from.len() + to.len(), 19 | 20);
        match to.len() {
            ..=ENDING => !is_card_in_two,
            // What may as well be an identifier of another kind ends a range where it comes soon after its beginning.
            _ => Range::read(from, to).is_ok(),
        }
    }
}

fn number_of(pieces: &[Piece<'_>], is_rest: bool) -> Option<Number> {
    let first = pieces.first()?;
    let is_all = !is_rest && pieces.len() <= OF_ONE;
    let count = groups(pieces.get(..pieces.len().min(OF_ONE))?, is_all);
    let groups = pieces.get(..count)?;
    Some(Number {
        digits: groups.iter().map(|piece| piece.digits).collect(),
        written: (first.written.0, groups.last()?.written.1),
        is_international: first.is_international,
        is_dashed: groups.iter().skip(1).any(|piece| piece.is_dashed),
        pieces: count,
    })
}

/// How many of `pieces` are the groups of the first number. `is_all`: nothing stands around them.
fn groups(pieces: &[Piece<'_>], is_all: bool) -> usize {
    if is_all && is_one(pieces) {
        return pieces.len();
    }
    if let Some(count) = longest_card(pieces) {
        return count;
    }
    if pieces.first().is_some_and(|piece| piece.is_international) {
        let mut digits = 0;
        let within = pieces.iter().enumerate().take_while(|(place, piece)| {
            digits += piece.digits.len();
            let goes_on = digits <= SUBSCRIPTION && piece.digits.len() < WHOLE && !piece.is_international;
            *place == 0 || goes_on
        });
        return within.count();
    }
    1
}

/// How many of `pieces` are the groups of the longest ICCID or EID that they begin with.
fn longest_card(pieces: &[Piece<'_>]) -> Option<usize> {
    let mut digits = 0;
    let lengths = pieces.iter().map(|piece| {
        digits += piece.digits.len();
        digits
    });
    let within = lengths.take_while(|digits| *digits <= OF_ONE).zip(1..);
    let cards = within.filter(|(digits, count)| {
        *count > 1 && matches!(digits, 19 | 20 | 32) && pieces.get(..*count).is_some_and(is_card)
    });
    cards.last().map(|(_, count)| count)
}

/// Whether pieces with nothing around them are one number.
fn is_one(pieces: &[Piece<'_>]) -> bool {
    if pieces.len() < 2 || pieces.iter().skip(1).any(|piece| piece.is_international) {
        return false;
    }
    let lengths = || pieces.iter().map(|piece| piece.digits.len());
    let (digits, longest) = (lengths().sum::<usize>(), lengths().max().unwrap_or(0));
    let has_length = match digits {
        ..=SUBSCRIPTION => longest < WHOLE && lengths().any(|length| length < GROUP),
        16..=20 => longest < GROUP && pieces.first().is_some_and(|piece| piece.digits.starts_with("89")),
        32 => longest < GROUP,
        _ => false,
    };
    has_length || is_card(pieces)
}

/// Whether the pieces are the groups of an ICCID or EID whose check digits are right.
fn is_card(pieces: &[Piece<'_>]) -> bool {
    let digits: usize = pieces.iter().map(|piece| piece.digits.len()).sum();
    let is_grouped = pieces.iter().any(|piece| piece.digits.len() < GROUP);
    let has_length = match digits {
        19 | 20 => pieces
            .first()
            .is_some_and(|piece| "89".starts_with(piece.digits) || piece.digits.starts_with("89")),
        32 => true,
        _ => false,
    };
    if !is_grouped || !has_length {
        return false;
    }
    let joined: String = pieces.iter().map(|piece| piece.digits).collect();
    joined.parse::<Iccid>().is_ok() || joined.parse::<Eid>().is_ok()
}
